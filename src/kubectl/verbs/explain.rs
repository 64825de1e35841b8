//! `kubectl explain`
//!
//! upstream: kubectl/pkg/cmd/explain/explain.go

use crate::api::Resource;
use crate::api::error::go_quote;
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print;
use crate::kubectl::resources::resource_for;

/// Says what a kind or one of its fields is.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let word = match cx.s.flags.args.as_slice() {
        [] => {
            return Err(Failure::new(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [word] => word.clone(),
        _ => return Err(Failure::new("We accept only this format: explain RESOURCE")),
    };
    let (resource, path) = find(&word)
        .ok_or_else(|| Failure::Raw(format!("the server doesn't have a resource type {}", go_quote(first(&word)))))?;
    let version = cx.s.flags.text("api-version").to_string();
    if !version.is_empty() && version != resource.api_version() {
        let what = go_quote(&format!("{version}, Resource={}", resource.plural));
        return Err(Failure::new(format!("couldn't find resource for {what}")));
    }
    let format = cx.s.flags.value("output").unwrap_or("plaintext").to_string();
    if !matches!(format.as_str(), "plaintext" | "plaintext-openapiv2") {
        return Err(Failure::new(format!("unrecognized format: {format}")));
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let (text, failure) = print::explain::explain(resource, &path, cx.s.flags.on("recursive"));
    cx.io.out.out(&text);
    failure.map_or(Ok(Flow::Done), |message| Err(Failure::new(message)))
}

fn first(word: &str) -> &str {
    word.split('.').next().unwrap_or("")
}

/// The resource and the fields behind it: `svc.spec.ports`, `deployments.apps.spec`.
///
/// upstream: kubectl/pkg/explain/explain.go SplitAndParseResourceRequestWithMatchingPrefix
fn find(word: &str) -> Option<(&'static Resource, Vec<String>)> {
    let parts: Vec<&str> = word.split('.').filter(|p| !p.is_empty()).collect();
    let resource = resource_for(first(word))?;
    let group: Vec<&str> = resource.group.split('.').filter(|g| !g.is_empty()).collect();
    let rest = parts.get(1..).unwrap_or(&[]);
    let rest =
        if !group.is_empty() && rest.starts_with(&group) { rest.get(group.len()..).unwrap_or(&[]) } else { rest };
    Some((resource, rest.iter().map(|p| p.to_string()).collect()))
}
