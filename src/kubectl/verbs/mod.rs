//! One file a verb.

pub mod apply;
mod attach;
mod create;
mod delete;
mod diff;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod generate;
mod generate_data;
mod generate_ingress;
mod get;
mod help;
mod info;
mod kubeconfig;
mod label;
mod logs;
mod migrate;
mod misc;
mod patch;
mod replace;
mod rollout;
mod rollout_undo;
mod run;
mod scale;
mod set;
mod set_env;
mod taint;
mod wait;

use super::Output;
use super::commands;
use super::context::{Cx, Flow};
use super::failure::{Failure, Outcome};
use super::present::written;
use crate::api::error::go_quote;

/// A verb's start: it is done, or goes on later.
type Run = fn(&mut Cx) -> Outcome<Flow>;

/// Which function runs a command.
static VERBS: &[(&str, Run)] = &[
    ("annotate", label::annotate),
    ("api-resources", info::api_resources),
    ("api-versions", info::api_versions),
    ("apply", apply::run),
    ("apply view-last-applied", apply::view_last_applied),
    ("attach", attach::run),
    ("auth can-i", misc::can_i),
    ("auth whoami", misc::who_am_i),
    ("autoscale", misc::autoscale),
    ("cluster-info", info::cluster_info),
    ("completion", misc::completion),
    ("config current-context", kubeconfig::current_context),
    ("config delete-context", kubeconfig::delete_context),
    ("config get-clusters", kubeconfig::get_clusters),
    ("config get-contexts", kubeconfig::get_contexts),
    ("config get-users", kubeconfig::get_users),
    ("config rename-context", kubeconfig::rename_context),
    ("config set-context", kubeconfig::set_context),
    ("config use-context", kubeconfig::use_context),
    ("config view", kubeconfig::view),
    ("cordon", drain::cordon),
    ("cp", misc::copy),
    ("create", create::run),
    ("create configmap", generate_data::config_map),
    ("create cronjob", generate::cron_job),
    ("create deployment", generate::deployment),
    ("create ingress", generate_ingress::run),
    ("create job", generate::job),
    ("create namespace", generate::namespace),
    ("create secret generic", generate_data::secret),
    ("create service clusterip", generate::cluster_ip),
    ("create service externalname", generate::external_name),
    ("create service loadbalancer", generate::load_balancer),
    ("create service nodeport", generate::node_port),
    ("create serviceaccount", generate::service_account),
    ("debug", misc::debug),
    ("delete", delete::run),
    ("describe", get::describe),
    ("diff", diff::run),
    ("drain", drain::drain),
    ("edit", edit::run),
    ("events", events::run),
    ("exec", exec::run),
    ("explain", explain::run),
    ("expose", expose::run),
    ("get", get::run),
    ("label", label::run),
    ("logs", logs::run),
    ("options", info::options),
    ("patch", patch::run),
    ("plugin list", misc::plugins),
    ("port-forward", misc::port_forward),
    ("replace", replace::run),
    ("rollout history", rollout_undo::history),
    ("rollout pause", rollout::pause),
    ("rollout restart", rollout::restart),
    ("rollout resume", rollout::resume),
    ("rollout status", rollout::status),
    ("rollout undo", rollout_undo::undo),
    ("run", run::run),
    ("scale", scale::run),
    ("set env", set_env::run),
    ("set image", set::image),
    ("set resources", set::resources),
    ("set selector", set::selector),
    ("set serviceaccount", set::service_account),
    ("taint", taint::run),
    ("top node", misc::top),
    ("top pod", misc::top),
    ("uncordon", drain::uncordon),
    ("version", info::version),
    ("wait", wait::run),
];

/// Runs the command of a session.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let path = cx.s.path.clone();
    if let Some((_, run)) = VERBS.iter().find(|(p, _)| *p == path) {
        return run(cx);
    }
    if !commands::children(&path).is_empty() {
        // upstream: kubectl/pkg/cmd/util/helpers.go DefaultSubCommandRun
        return match cx.s.flags.args.first() {
            Some(word) => Err(Failure::usage(&path, &format!("unknown command {}", go_quote(word)))),
            None if path.is_empty() => help(cx.io.out, &path),
            None => {
                cx.io.out.err(&help::of(&path));
                Err(Failure::Exit(1))
            }
        };
    }
    misc::unsupported(cx)
}

/// `--help`
pub fn help(out: &mut dyn Output, path: &str) -> Outcome<Flow> {
    out.out(&help::of(path));
    Ok(Flow::Done)
}

/// Runs `each` on everything found, and gives all failures at the end.
fn for_each<T>(found: Vec<Outcome<T>>, mut each: impl FnMut(T) -> Outcome<()>) -> Outcome<()> {
    let mut failures = Vec::new();
    for one in found {
        if let Err(failure) = one.and_then(&mut each) {
            failures.push(failure);
        }
    }
    Failure::all(failures)
}

/// Complains where `-f` is missing.
fn needs_files(cx: &Cx) -> Outcome<()> {
    if cx.s.flags.has("filename") || cx.s.flags.has("kustomize") {
        return Ok(());
    }
    Err(Failure::new("must specify one of -f and -k"))
}

/// Complains about arguments where a verb takes none.
fn no_args(cx: &Cx) -> Outcome<()> {
    match cx.s.flags.args.len() {
        0 => Ok(()),
        _ => Err(cx.usage(&format!("Unexpected args: [{}]", cx.s.flags.args.join(" ")))),
    }
}

/// Complains where flags that must be set are not.
///
/// upstream: github.com/spf13/cobra command.go ValidateRequiredFlags
fn required(cx: &Cx, flags: &[&str]) -> Outcome<()> {
    let missing: Vec<String> = flags.iter().filter(|f| !cx.s.flags.has(f)).map(|f| go_quote(f)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("required flag(s) {} not set", missing.join(", "))))
}

/// `--overrides`: changes to an object that kubectl made, as JSON.
///
/// upstream: kubectl/pkg/cmd/util/override_options.go
fn overrides(cx: &Cx, object: &mut crate::api::Value) -> Outcome<()> {
    let text = cx.s.flags.text("overrides");
    if text.is_empty() {
        return Ok(());
    }
    let patch = crate::yaml::to_json(text).map_err(Failure::new)?;
    match cx.s.flags.text("override-type") {
        "strategic" => super::strategic::apply(object, &patch),
        _ => super::strategic::apply_merge(object, &patch),
    }
    Ok(())
}
