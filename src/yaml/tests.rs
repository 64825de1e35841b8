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
