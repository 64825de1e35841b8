#![allow(clippy::unwrap_used)]
//! A learner's files against a cluster: what is found wrong, what mends it, where a file differs, and the examples.

use super::*;

fn playground(files: &[(&str, &str)]) -> Playground {
    let mut p = Playground::new(1);
    p.set_files(files.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect());
    p
}

fn run(p: &mut Playground, line: &str) -> String {
    let before = p.printed().len();
    p.run(line);
    p.advance_us(8_000_000);
    p.printed().iter().skip(before + 1).map(|t| t.text.as_str()).collect()
}

fn says(p: &Playground, file: &str) -> Vec<(usize, String, Vec<String>)> {
    let list = p.problems(file).into_iter();
    list.map(|f| {
        let message = f.trouble.as_ref().map_or(f.message.clone(), |t| format!("{t:?}"));
        (f.line, message, f.fixes.into_iter().map(|x| x.says).collect())
    })
    .collect()
}

const PODS: &str = "apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: dalgudcks/http-go
        ports:
        - name: http
          containerPort: 8080
";

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n{spec}")
}

/// Mends the first problem by its first fix until none is left.
fn mend_all(p: &mut Playground, file: &str) {
    for _ in 0..6 {
        let Some(mended) = p.mend(file, 0, 0) else { break };
        if let Some(line) = mended.line {
            run(p, &line);
        }
    }
    assert_eq!(says(p, file), []);
}

#[test]
fn refusals_come_with_a_fix_at_the_exact_field() {
    let cases = [
        ("  selector: {app: web}\n  prots:\n  - port: 80\n", 7, "ports"),
        ("  type: Nodeport\n  ports:\n  - port: 80\n", 6, "type: NodePort"),
        ("  ports:\n  - port: \"80\"\n", 7, "port: 80"),
        ("  ports:\n  - port: 80\n    targetport: 8080\n", 8, "targetPort"),
        ("  type: NodePort\n  ports:\n  - port: 80\n    nodePort: 80\n", 9, "nodePort"),
    ];
    for (spec, line, fix) in cases {
        let mut p = playground(&[("a.yaml", &service(spec))]);
        let found = says(&p, "a.yaml");
        let first = found.iter().find(|f| f.2.iter().any(|x| x == fix));
        assert!(first.is_some_and(|f| f.0 == line), "{spec}: {found:?}");
        mend_all(&mut p, "a.yaml");
    }
    let mut p = playground(&[
        ("a.yaml", &PODS.replace("apps/v1", "v1")),
        ("b.yaml", &PODS.replace("ReplicaSet", "Replicaset")),
    ]);
    mend_all(&mut p, "a.yaml");
    mend_all(&mut p, "b.yaml");
    let mut p = playground(&[("a.yaml", &PODS.replace("  name: web\nspec", "  name: web\n  namespace: shop\nspec"))]);
    assert_eq!(says(&p, "a.yaml")[0].2, ["kubectl create namespace shop"]);
    mend_all(&mut p, "a.yaml");
    let mut p = playground(&[("a.yaml", &PODS.replace("        app: web", "        app: wob"))]);
    mend_all(&mut p, "a.yaml");
    let mut p = playground(&[("a.yaml", "a:\n\tb: 1\n")]);
    assert!(p.mend("a.yaml", 0, 0).is_some());
    assert_eq!(&*p.file("a.yaml"), "a:\n  b: 1\n");
}

#[test]
fn an_applied_file_is_refused_at_the_same_field() {
    let text = service("  ports:\n  - port: 80\n    targetPort: 8080\n");
    let mut p = playground(&[("a.yaml", &text)]);
    run(&mut p, "kubectl apply -f a.yaml");
    p.set_file("a.yaml", &text.replace("targetPort", "targetprot"));
    let found = says(&p, "a.yaml");
    assert_eq!(found, [(8, "unknown field \"spec.ports[0].targetprot\"".to_string(), vec!["targetPort".to_string()])]);
}

#[test]
fn what_is_immutable_is_taken_back() {
    let mut p = playground(&[("a.yaml", PODS)]);
    run(&mut p, "kubectl apply -f a.yaml");
    p.set_file("a.yaml", &PODS.replace("app: web", "app: wob"));
    mend_all(&mut p, "a.yaml");
    assert!(p.file("a.yaml").contains("matchLabels:\n      app: web"));
}

#[test]
fn a_service_that_answers_nobody_says_why_and_is_mended() {
    let cases = [
        ("  selector:\n    app: wob\n  ports:\n  - port: 80\n    targetPort: 8080\n", "SelectsNothing", 7),
        ("  selector:\n    app: web\n  ports:\n  - port: 80\n", "NobodyListens", 9),
        ("  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: htttp\n", "NoSuchPort", 10),
    ];
    for (spec, why, line) in cases {
        let mut p = playground(&[("pods.yaml", PODS), ("a.yaml", &service(spec))]);
        run(&mut p, "kubectl apply -f pods.yaml -f a.yaml");
        let found = says(&p, "a.yaml");
        assert!(found[0].1.contains(why), "{found:?}");
        assert_eq!(found[0].0, line, "{why}: {found:?}");
        mend_all(&mut p, "a.yaml");
    }
    let good = service("  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: http\n");
    let mut p = playground(&[("pods.yaml", PODS), ("a.yaml", &good)]);
    run(&mut p, "kubectl create namespace shop");
    run(&mut p, "kubectl apply -n shop -f pods.yaml");
    run(&mut p, "kubectl apply -f a.yaml");
    assert!(says(&p, "a.yaml")[0].1.contains("WrongNamespace"), "{:?}", says(&p, "a.yaml"));
    mend_all(&mut p, "a.yaml");
}

#[test]
fn pods_that_do_not_work_say_why_in_their_own_file_and_at_the_service() {
    let service = service("  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n");
    let probe = |p: &str| PODS.to_string() + "        readinessProbe:\n          periodSeconds: 1\n" + p;
    let spec = |s: &str| PODS.replace("    spec:\n", &format!("    spec:\n{s}"));
    let cases = [
        (PODS.replace("http-go", "http-go-nosuch"), "NoImage"),
        (spec("      nodeSelector:\n        disk: ssd\n"), "Unscheduled"),
        (PODS.to_string() + "        resources:\n          requests:\n            cpu: \"1000\"\n", "Unscheduled"),
        (probe("          httpGet:\n            port: 8081\n"), "Unready"),
        (probe("          httpGet:\n            port: 8080\n            path: /never\n"), "Unready"),
        (probe("          exec:\n            command: [cat, /var/ready]\n"), "Unready"),
        (PODS.to_string() + "        command: [sh, -c, exit 1]\n", "Crashing"),
    ];
    for (text, why) in cases {
        let mut p = playground(&[("pods.yaml", &text), ("a.yaml", &service)]);
        run(&mut p, "kubectl apply -f pods.yaml -f a.yaml");
        p.advance_us(20_000_000);
        let found = says(&p, "pods.yaml");
        assert!(found.first().is_some_and(|f| f.1.contains(why) && !f.2.is_empty()), "{text}\n{found:?}");
        let at_service = says(&p, "a.yaml");
        assert!(at_service.first().is_some_and(|f| f.1.contains("NoneReady") && f.1.contains(why)), "{at_service:?}");
    }
}

#[test]
fn a_policy_of_local_names_the_shut_doors() {
    let text = service(
        "  type: NodePort\n  externalTrafficPolicy: Local\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n",
    );
    let mut p = playground(&[("pods.yaml", PODS), ("a.yaml", &text)]);
    run(&mut p, "kubectl apply -f pods.yaml -f a.yaml");
    let found = says(&p, "a.yaml");
    assert!(found[0].1.contains("NoLocalPod") && found[0].1.contains("control-plane"), "{found:?}");
    assert_eq!((found[0].0, found[0].2.as_slice()), (7, &["externalTrafficPolicy: Cluster".to_string()][..]));
    mend_all(&mut p, "a.yaml");
}

#[test]
fn a_file_shows_where_it_differs_and_can_be_taken_back() {
    let text = service("  # who\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n");
    let mut p = playground(&[("a.yaml", &text)]);
    assert_eq!(p.differences("a.yaml"), []);
    run(&mut p, "kubectl apply -f a.yaml");
    assert_eq!(p.differences("a.yaml"), []);
    let edited = text
        .replace("app: web", "app: wob")
        .replace("targetPort: 8080", "targetPort: 80\n    name: http")
        .replace("  # who", "  type: NodePort\n  # who");
    p.set_file("a.yaml", &edited);
    let found = p.differences("a.yaml");
    let paths: Vec<(usize, &str)> = found.iter().filter(|d| d.written).map(|d| (d.line, d.path.as_str())).collect();
    assert_eq!(
        paths,
        [(6, "spec.type"), (9, "spec.selector.app"), (12, "spec.ports[0].targetPort"), (13, "spec.ports[0].name")]
    );
    let one = found.iter().position(|d| d.path == "spec.selector.app").unwrap();
    assert_eq!((found[one].file.as_str(), found[one].cluster.as_str()), ("wob", "web"));
    assert!(p.take_back("a.yaml", Some(one)));
    assert!(p.file("a.yaml").contains("app: web"));
    assert!(p.take_back("a.yaml", None));
    assert_eq!(p.differences("a.yaml"), []);
    assert!(p.file("a.yaml").contains("# who"));
    // A field that was applied and is gone from the file would go.
    p.set_file("a.yaml", &text.replace("    targetPort: 8080\n", ""));
    let found = p.differences("a.yaml");
    assert_eq!(found[0].path, "spec.ports[0].targetPort");
    assert!(p.take_back("a.yaml", None));
    assert_eq!(p.differences("a.yaml"), []);
}

#[test]
fn what_is_written_otherwise_but_means_the_same_does_not_differ() {
    let text = PODS.to_string() + "        resources:\n          requests:\n            cpu: 1000m\n";
    let mut p = playground(&[("a.yaml", &text)]);
    run(&mut p, "kubectl apply -f a.yaml");
    assert_eq!(p.differences("a.yaml"), []);
}

#[test]
fn every_example_applies_cleanly_and_does_what_it_says() {
    let mut names: Vec<_> = std::fs::read_dir("examples").unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 8);
    let mut all = playground(&[]);
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let tried = text.lines().find_map(|l| l.strip_prefix("# try: ")).unwrap_or_else(|| panic!("{path:?}: no try"));
        assert!(text.starts_with("# ko: ") && text.contains("\n# en: "), "{path:?}");
        let mut p = playground(&[("e.yaml", &text)]);
        assert_eq!(says(&p, "e.yaml"), [], "{path:?}");
        let printed = run(&mut p, "kubectl apply -f e.yaml");
        assert!(printed.lines().all(|l| l.ends_with(" created")), "{path:?}: {printed}");
        p.advance_us(10_000_000);
        run(&mut p, tried);
        p.advance_us(10_000_000);
        let code = run(&mut p, "echo code $?");
        assert!(!p.printed().iter().any(|t| t.kind == PrintedKind::Err), "{path:?}: {:?}", p.printed());
        let answered = p.printed().iter().any(|t| t.kind == PrintedKind::Out);
        assert!(answered && code.contains("code 0"), "{path:?}: {:?}", p.printed());
        let local = text.contains("externalTrafficPolicy: Local");
        assert!(local || says(&p, "e.yaml").is_empty(), "{path:?}: {:?}", says(&p, "e.yaml"));
        assert_eq!(p.differences("e.yaml"), [], "{path:?}");
        // All of them stand side by side in one cluster.
        all.set_file("all.yaml", &text);
        let printed = run(&mut all, "kubectl apply -f all.yaml");
        assert!(printed.lines().all(|l| l.ends_with(" created")), "{path:?}: {printed}");
    }
}

#[test]
fn two_tabs_lose_nothing() {
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect()
    };
    let base = pairs(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]);
    let mut p = playground(&[("a", "mine"), ("b", "1"), ("c", "mine"), ("new", "mine")]);
    let both =
        p.merge_files(&base, &pairs(&[("a", "theirs"), ("b", "theirs"), ("c", "1"), ("d", "1"), ("other", "theirs")]));
    assert_eq!(both, [("a".to_string(), "a-other-tab.yaml".to_string())]);
    let all: Vec<(String, String)> = p.file_names().into_iter().map(|n| (n.clone(), p.file(&n).to_string())).collect();
    let want = [
        ("a", "mine"),
        ("b", "theirs"),
        ("c", "mine"),
        ("new", "mine"),
        ("a-other-tab.yaml", "theirs"),
        ("other", "theirs"),
    ];
    assert_eq!(all, pairs(&want));
    p.merge_files(&pairs(&want), &pairs(&want[..5]));
    assert_eq!(p.file_names().len(), 5);
}

#[test]
fn files_are_added_and_renamed_without_touching_others() {
    let mut p = playground(&[("a.yaml", "1"), ("b.yaml", "2")]);
    assert_eq!(p.add_file("a.yaml", "1"), "a.yaml");
    assert_eq!(p.add_file("a.yaml", "3"), "a-2.yaml");
    assert_eq!(p.add_file("내 파일 (1).yaml", "4"), "내-파일--1-.yaml");
    assert!(!p.rename_file("a.yaml", "b.yaml"));
    assert!(p.rename_file("a.yaml", "c.yaml"));
    assert_eq!(p.file_names(), ["c.yaml", "b.yaml", "a-2.yaml", "내-파일--1-.yaml"]);
}

#[test]
fn another_number_of_workers_is_kept_with_the_session() {
    let mut p = Playground::beginning(Origin { workers: 9, ..Origin::of_seed(3) });
    assert_eq!(p.scene().nodes.len(), 10);
    assert_eq!(run(&mut p, "kubectl get nodes --no-headers").lines().count(), 10);
    let again = Playground::rebuild(&p.log(), None).unwrap();
    assert_eq!(again.origin(), p.origin());
    // Starting over keeps them.
    p.reset();
    assert_eq!(p.scene().nodes.len(), 10);
    // A log from before there was a choice.
    let old = p.log().replace(",\"workers\":9", "");
    assert_eq!(Playground::rebuild(&old, None).unwrap().origin(), Origin::of_seed(3));
}
