use super::*;
use serde_json::{Value, json};

fn error(text: &str) -> String {
    parse(text).into_iter().find_map(|d| d.error).map_or(String::new(), |p| p.text)
}
fn value(text: &str) -> Value {
    let documents = parse(text);
    assert_eq!(documents.len(), 1, "{text}");
    assert_eq!(documents[0].error, None, "{text}");
    documents[0].value.clone()
}

#[test]
fn prints_as_kubectl_does() {
    let value = json!({"a": {"b": [{"c": 1, "d": []}, "yes", null]}, "e": {}, "f10": "x\ny\n", "f9": "2026-11-23T03:11:29Z", "g": "a: b"});
    let text = "a:\n  b:\n  - c: 1\n    d: []\n  - \"yes\"\n  - null\ne: {}\nf9: \"2026-11-23T03:11:29Z\"\nf10: |\n  x\n  y\ng: 'a: b'\n";
    assert_eq!(to_string(&value), text);
    assert_eq!(parse(text)[0].value, value);
}

#[test]
fn faults_have_go_yamls_words_and_lines() {
    let yaml = |message: &str| format!("error converting YAML to JSON: yaml: {message}");
    let typo = "apiVersion: v1\nkind: Service\nmetadata:\n name: back-end\n\nspec:\n type: ClusterIP\n ports:\n - targetPort:80\n   port: 80\n";
    assert_eq!(error(typo), yaml("line 10: mapping values are not allowed in this context"));
    assert_eq!(error("a:\n  name: a\n spec:\n  x: 1\n"), yaml("line 2: did not find expected key"));
    assert_eq!(error("a: *x\n"), yaml("unknown anchor 'x' referenced"));
    assert_eq!(error("a:\n\tb: 1\n"), yaml("line 2: found character that cannot start any token"));
    assert_eq!(error("a: 1\n--- b\n"), "invalid Yaml document separator: b");
    assert_eq!(error("{\"a\":1,]"), "json: offset 8: invalid character ']' looking for beginning of object key string");
}

#[test]
fn a_strict_reader_refuses_keys_set_twice() {
    let text = "spec:\n  ports:\n  - port: 80\n    name: a\n    x: 1\n    port: 81\n";
    let expected = "error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key \"port\" already set in map";
    assert_eq!(parse_strict(text), Err(expected.into()));
    assert_eq!(value(text), json!({"spec": {"ports": [{"port": 81, "name": "a", "x": 1}]}}));
}

#[test]
fn scalars_are_yaml_1_1() {
    let text = "- yes\n- off\n- 0777\n- 0x1F\n- 1_000\n- 1e3\n- 2001-01-01\n- ~\n- '1'\n- 1.50\n- 08\n- !!str 1\n- |-\n  x\n- a\n  b\n";
    let expected = json!([true, false, 511, 31, 1000, 1000, "2001-01-01", null, "1", 1.5, 8, "1", "x", "a b"]);
    assert_eq!(value(text), expected);
}

#[test]
fn places_are_known() {
    let text = "# c\n---\nspec:\n  ports:\n  - port: 80\n    nodePort: 30001\n  selector: {app.io/x: b}\n";
    let document = &parse(text)[1];
    let field = document.spans.get("spec.ports[0].nodePort").unwrap();
    assert_eq!(&text[field.value.start..field.value.end], "30001");
    assert_eq!((field.key.unwrap().line, field.key.unwrap().column), (5, 4));
    assert_eq!(document.spans.get("spec.selector[app.io/x]").unwrap().value.line, 6);
    let nearest = document.spans.nearest("spec.ports[0].protocol").unwrap();
    assert_eq!(&text[nearest.value.start..nearest.value.end], "port: 80\n    nodePort: 30001");
    assert_eq!(document.spans.path_at(field.value.start + 1), Some("spec.ports[0].nodePort"));
}

fn edited(text: &str, path: &str, value: Value) -> String {
    set(text, 0, path, &value).unwrap_or_else(|| panic!("{path}")).text
}

#[test]
fn fields_are_set_in_place() {
    let text =
        "spec: # the spec\n ports:\n - port: 80 # web\n   name: 'a'\n selector:\n  app: web\n  # last\nkind: Service\n";
    let set_port = "spec: # the spec\n ports:\n - port: 8080 # web\n   name: 'a'\n selector:\n  app: web\n  # last\nkind: Service\n";
    assert_eq!(edited(text, "spec.ports[0].port", json!(8080)), set_port);
    assert!(edited(text, "spec.ports[0].name", json!("b's")).contains("name: 'b''s'\n"));
    assert!(
        edited(text, "spec.selector", json!({"app": "x", "tier": "z"})).contains(" selector:\n  app: x\n  tier: z\n")
    );
    assert!(edited(text, "spec.selector.tier", json!("yes")).contains("  app: web\n  tier: \"yes\"\n  # last\n"));
    assert!(edited(text, "spec.type", json!("NodePort")).contains("  app: web\n type: NodePort\n"));
    assert!(edited(text, "spec.ports[1]", json!({"port": 1, "name": "b"})).contains("'a'\n - name: b\n   port: 1\n"));
    assert!(edited(text, "spec.ports[0].targetPort", json!("http")).contains("name: 'a'\n   targetPort: http\n"));
    assert!(
        edited(text, "metadata.labels[a.b/c]", json!("d"))
            .ends_with("kind: Service\nmetadata:\n labels:\n  a.b/c: d\n")
    );
    assert_eq!(edited("a: {b: c}\n", "a.d", json!("e, f")), "a: {b: c, d: \"e, f\"}\n");
    assert_eq!(edited("a:\nb: 1\n", "a.d", json!([1])), "a:\n  d:\n  - 1\nb: 1\n");
    assert_eq!(edited("", "a.b", json!(1)), "a:\n  b: 1\n");
    assert_eq!(edited("a: [1, 2]\n", "a[2]", json!(3)), "a: [1, 2, 3]\n");
    let edit = set("---\na: 1\n---\na: 22\n", 1, "a", &json!(333)).unwrap();
    assert_eq!((edit.text.as_str(), edit.old, edit.new), ("---\na: 1\n---\na: 333\n", 16..18, 16..19));
}

#[test]
fn fields_are_removed_in_place() {
    let removed = |text: &str, path: &str| remove(text, 0, path).unwrap_or_else(|| panic!("{path}")).text;
    let text = "a: 1 # one\n# two\nb:\n- c: 1\n  d: 2\n- e\n";
    assert_eq!(removed(text, "a"), "# two\nb:\n- c: 1\n  d: 2\n- e\n");
    assert_eq!(removed(text, "b[0].c"), "a: 1 # one\n# two\nb:\n- d: 2\n- e\n");
    assert_eq!(removed(text, "b[0].d"), "a: 1 # one\n# two\nb:\n- c: 1\n- e\n");
    assert_eq!(removed(text, "b[1]"), "a: 1 # one\n# two\nb:\n- c: 1\n  d: 2\n");
    assert_eq!(removed(text, "b"), "a: 1 # one\n# two\n");
    assert_eq!(removed("a:\n  b: 1\n", "a.b"), "a: {}\n");
    assert_eq!(removed("a: {b: 1, c: 2}\n", "a.b"), "a: {c: 2}\n");
    assert_eq!(removed("a: {b: 1, c: 2}\n", "a.c"), "a: {b: 1}\n");
    assert_eq!(remove("a: 1\n", 0, "b"), None);
}

mod properties {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    /// Strings that mean something else unless they are quoted, and any others.
    fn text() -> impl Strategy<Value = String> {
        let tricky = "yes|no|on|~|null|true|0x1F|0o7|012|1_0|1e3|-|- a|: x|a: b|a #b|#|'|\"|---|\\.\\.\\.|2026-11-23|1:20|=|\\{a\\}|\\[|a\\n|a\\nb|\\n| a|a |a\\tb|\u{e9}|\u{1F600}";
        prop_oneof![tricky, "[a-z][a-z0-9./-]{0,12}", "\\PC{0,12}"]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1000i32..1000).prop_map(|n| Value::from(f64::from(n) + 0.5)),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map(text(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Pieces of YAML, sound and broken.
    fn broken() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("a: b\n"),
            Just("  "),
            Just("- "),
            Just("\n"),
            Just(":"),
            Just("? "),
            Just("["),
            Just("]"),
            Just("{"),
            Just("}"),
            Just(","),
            Just("'"),
            Just("\""),
            Just("|\n"),
            Just(">-\n"),
            Just("&x "),
            Just("*x"),
            Just("!!int "),
            Just("#"),
            Just("\t"),
            Just("---\n"),
            Just("<<: "),
            Just("%"),
            Just("\r\n"),
            Just("\\"),
            Just("é"),
            Just("x"),
        ];
        prop_oneof![vec(piece, 0..24).prop_map(|pieces| pieces.concat()), "\\PC{0,40}", "[ -~\\n]{0,40}"]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(value in value()) {
            let text = to_string(&value);
            let documents = parse(&text);
            prop_assert_eq!(documents.len(), 1, "{}", text);
            prop_assert_eq!(&documents[0].error, &None, "{}", text);
            prop_assert_eq!(&documents[0].value, &value, "{}", text);
            let second: Value = serde_yaml::from_str(&text).expect("serde_yaml");
            prop_assert_eq!(second, value, "{}", text);
        }

        #[test]
        fn nothing_panics_on_any_text(text in broken()) {
            for document in parse(&text) {
                for (path, field) in document.spans.iter() {
                    prop_assert!(text.get(field.value.start..field.value.end).is_some(), "{path}");
                    document.spans.path_at(field.value.start);
                }
                let problem = document.error.map_or(0, |p| p.span.start);
                prop_assert!(text.is_char_boundary(problem));
            }
            let _ = parse_strict(&text);
            let _ = to_json(&text);
            for path in ["a", "a.b", "a[0]", "x.y[0].z", ""] {
                set(&text, 0, path, &json!({"k": ["v"]}));
                remove(&text, 0, path);
            }
        }

        #[test]
        fn a_field_that_is_set_reads_back(before in value(), value in value(), path in "(a|b)(\\.(c|d|\\[0\\])){0,2}") {
            let path = path.replace(".[", "[");
            let before = json!({"a": before, "b": {"c": 1}});
            let text = to_string(&before);
            if let Some(edit) = set(&text, 0, &path, &value) {
                prop_assert_eq!(&edit.text[..edit.old.start], &text[..edit.old.start]);
                prop_assert_eq!(&edit.text[edit.new.end..], &text[edit.old.end..]);
            } else {
                // Only where a list or map stands that the path doesn't go through.
                let through = before["a"].is_array() || before["a"].is_object() || path.contains('[');
                prop_assert!(through, "{} in\n{}", path, text);
            }
        }
    }
}
