//! The other way to mend a selector that fits no Pod: the Pods get the label, in their manifest and as they run.

use super::Playground;
use super::fixes::{Change, Fix, FixKind};
use crate::api::{ObjectExt, Value, resource};
use crate::yaml::parse;

/// How Pods come to other labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relabel {
    /// The manifest is the Pod's own.
    Pod,
    /// The template is for Pods to come; those that run are labelled by a command.
    Running,
    /// A change of the template brings new Pods.
    RolledOut,
    /// The owner's selector can't be changed: the owner is deleted and made anew.
    Replaced,
}

/// Labels as pairs.
type Pairs<'a> = [(&'a str, &'a str)];

impl Playground {
    /// What gives the Pods that are nearest to a selector its labels. `None` where no file has their manifest.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub(super) fn relabel(&self, namespace: &str, selector: &str, nearest: &str, owner: &str) -> Option<Fix> {
        let wanted: Vec<(&str, &str)> = selector.split(',').filter_map(|pair| pair.split_once('=')).collect();
        let (kind, name) = self.head_of(namespace, nearest, owner)?;
        let (file, index, count, object) = self.declared(namespace, &kind, &name)?;
        let (fields, line, undo, how) = changes(&kind, &self.in_namespace(namespace), &file, count, &object, &wanted)?;
        let change = Change::Edit { fields, line, undo };
        Some(Fix { kind: FixKind::Labels(how), says: selector.into(), file, document: index, change })
    }

    /// Kind and name of what the nearest Pods are made by: a ReplicaSet's Deployment, and a bare Pod itself.
    fn head_of(&self, namespace: &str, nearest: &str, owner: &str) -> Option<(String, String)> {
        let Some((kind, name)) = owner.split_once('/') else {
            let label = nearest.split_once('=')?;
            let mut pods = self.moment.cluster.store.list(&resource::PODS, namespace);
            return pods.find(|p| p.labels().contains(&label)).map(|p| ("Pod".into(), p.name().into()));
        };
        let set =
            (kind == "ReplicaSet").then(|| self.moment.cluster.store.find(&resource::REPLICA_SETS, namespace, name));
        let above = set.flatten().and_then(|set| set.list_at("metadata.ownerReferences").first());
        Some(match above {
            Some(o) => (o.str_at("kind").into(), o.str_at("name").into()),
            None => (kind.into(), name.into()),
        })
    }

    /// The file that declares an object: its name, which document it is, of how many, and the object as it is written.
    fn declared(&self, namespace: &str, kind: &str, name: &str) -> Option<(String, usize, usize, Value)> {
        self.files.iter().find_map(|(file, text)| {
            let documents = parse(text);
            let count = documents.iter().filter(|d| !d.is_empty()).count();
            let is = |v: &Value| {
                let own = if v.namespace().is_empty() { "default" } else { v.namespace() };
                v.str_at("kind") == kind && v.name() == name && own == namespace
            };
            let at = documents.iter().position(|d| d.error.is_none() && is(&d.value))?;
            Some((file.clone(), at, count, documents.get(at)?.value.clone()))
        })
    }
}

/// Fields to write, the line that carries it out, the line that undoes it (the file being as before), and what it does.
type Changes = (Vec<(String, Value)>, String, String, Relabel);

fn changes(kind: &str, n: &str, file: &str, documents: usize, object: &Value, wanted: &Pairs) -> Option<Changes> {
    let apply = format!("kubectl apply -f {file}");
    if kind == "Pod" {
        let fields = vec![("metadata.labels".into(), merged(object.at("metadata.labels"), wanted))];
        return Some((fields, apply.clone(), apply, Relabel::Pod));
    }
    let selects = if kind == "ReplicationController" { "spec.selector" } else { "spec.selector.matchLabels" };
    let (own, template) = (object.pairs_at(selects), object.at("spec.template.metadata.labels"));
    if own.is_empty() || template.is_null() {
        return None;
    }
    let mut fields = vec![("spec.template.metadata.labels".into(), merged(template, wanted))];
    if own.iter().any(|(k, v)| wanted.iter().any(|(key, value)| key == k && value != v)) {
        // Whatever else the file declares would be deleted along with it.
        let line = (documents == 1).then(|| format!("kubectl replace --force -f {file}"))?;
        fields.push((selects.into(), merged(object.at(selects), wanted)));
        return Some((fields, line.clone(), line, Relabel::Replaced));
    }
    if !matches!(kind, "ReplicaSet" | "ReplicationController") {
        return Some((fields, apply.clone(), apply, Relabel::RolledOut));
    }
    let label = |pairs: &[String]| {
        let own: Vec<String> = own.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("{apply} && kubectl label pods{} -l {} {}", n, own.join(","), pairs.join(" "))
    };
    let was = |key: &str| template.get(key).and_then(Value::as_str);
    let over = if wanted.iter().any(|(k, _)| was(k).is_some()) { " --overwrite" } else { "" };
    let now: Vec<String> = wanted.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let back = |(k, _): &(&str, &str)| was(k).map_or(format!("{k}-"), |v| format!("{k}={v}"));
    let then: Vec<String> = wanted.iter().map(back).collect();
    Some((fields, label(&now) + over, label(&then) + over, Relabel::Running))
}

/// Labels with others added.
fn merged(labels: &Value, more: &Pairs) -> Value {
    let mut all = labels.as_object().cloned().unwrap_or_default();
    for (key, value) in more {
        all.insert((*key).into(), (*value).into());
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector:\n    app: web\n  ports: [{port: 80, targetPort: 8080}]\n";

    fn pods(kind: &str, label: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      \
             {label}  template:\n    metadata:\n      # What Pods carry.\n      labels:\n        {label}    spec:\n      containers:\n      \
             - name: web\n        image: dalgudcks/http-go\n"
        )
    }

    fn run(p: &mut Playground, line: &str) {
        p.run(line);
        p.advance_us(8_000_000);
    }

    fn ready(p: &mut Playground) -> Vec<String> {
        p.scene().services.iter().find(|s| s.name == "web").map(|s| s.ready.clone()).unwrap_or_default()
    }

    /// Applies Pods that the Service misses, relabels them by the second fix, and undoes it.
    fn mended_and_undone(pods: &str, line: &str, how: Relabel) {
        let mut p = Playground::new(1);
        p.set_files(vec![("svc.yaml".into(), SERVICE.into()), ("pods.yaml".into(), pods.into())]);
        run(&mut p, "kubectl apply -f svc.yaml -f pods.yaml");
        let problem = p.problems("svc.yaml").remove(0);
        assert_eq!(problem.fixes.iter().map(|f| f.kind).collect::<Vec<_>>(), [FixKind::Selector, FixKind::Labels(how)]);
        let before: Vec<String> = p.living();
        let mended = p.mend("svc.yaml", 0, 1).expect("a fix");
        assert_eq!((mended.file.as_str(), mended.line.as_deref()), ("pods.yaml", Some(line)));
        assert!(p.file("pods.yaml").contains("# What Pods carry."));
        run(&mut p, line);
        p.advance_us(40_000_000);
        assert_eq!(ready(&mut p).len(), 2, "{:?}", p.printed());
        assert_eq!(before == p.living(), how == Relabel::Running, "only a label leaves the Pods that run");
        assert_eq!(p.problems("svc.yaml"), []);
        p.set_file("pods.yaml", &mended.before);
        run(&mut p, &mended.undo);
        p.advance_us(40_000_000);
        assert_eq!((ready(&mut p).len(), p.living().len()), (0, 2), "{:?}", p.printed());
    }

    impl Playground {
        fn living(&self) -> Vec<String> {
            self.moment.cluster.store.list(&resource::PODS, "default").map(|p| p.name().to_string()).collect()
        }
    }

    #[test]
    fn running_pods_of_a_replica_set_are_labelled() {
        let line = "kubectl apply -f pods.yaml && kubectl label pods -l tier=web app=web";
        mended_and_undone(&pods("ReplicaSet", "tier: web\n"), line, Relabel::Running);
    }

    #[test]
    fn a_selector_that_stands_against_it_is_replaced_with_its_owner() {
        let line = "kubectl replace --force -f pods.yaml";
        mended_and_undone(&pods("ReplicaSet", "app: wob\n"), line, Relabel::Replaced);
    }

    #[test]
    fn a_deployment_rolls_out() {
        mended_and_undone(&pods("Deployment", "tier: web\n"), "kubectl apply -f pods.yaml", Relabel::RolledOut);
    }

    #[test]
    fn without_a_file_of_the_pods_there_is_one_fix() {
        let mut p = Playground::new(1);
        p.set_files(vec![("svc.yaml".into(), SERVICE.into())]);
        run(&mut p, "kubectl apply -f svc.yaml; kubectl create deployment wob --image=dalgudcks/http-go");
        assert_eq!(p.problems("svc.yaml")[0].fixes.len(), 1);
    }
}
