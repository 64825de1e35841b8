use super::*;
use crate::api::resource::{REPLICA_SETS, RESOURCES, SERVICES};
use serde_json::json;

#[test]
fn every_resource_has_a_type() {
    for resource in RESOURCES {
        let of = Type::of(&resource.api_version(), resource.kind).unwrap_or_else(|| panic!("{}", resource.kind));
        assert_eq!(of.struct_name(), resource.kind);
        assert!(of.field("metadata").is_some() && of.field("kind").is_some(), "{}", resource.kind);
    }
}

#[test]
fn fields_tell_what_they_are() {
    let ports = field_at("v1", "Pod", &["spec", "containers", "ports"]).unwrap();
    assert_eq!((ports.merge_key(), ports.merges()), (Some("containerPort"), true));
    assert_eq!((ports.list_type(), ports.map_keys()), (ListType::Map, vec!["containerPort", "protocol"]));
    let protocol = field_at("v1", "Service", &["spec", "ports", "protocol"]).unwrap();
    assert_eq!((protocol.of().go_name(), protocol.of().kind()), ("v1.Protocol", Kind::String));
    assert_eq!(protocol.enumeration(), ["SCTP", "TCP", "UDP"]);
    assert_eq!(field_at("v1", "Service", &["spec", "selector"]).unwrap().of().explained(), "map[string]string");
    let ports = fields_at("v1", "Service", &["spec", "ports"]).unwrap();
    assert_eq!(ports[0], ("appProtocol".into(), "string".into()));
    assert_eq!(ports[5], ("targetPort".into(), "IntOrString".into()));
    let port = field_at("discovery.k8s.io/v1", "EndpointSlice", &["ports", "port"]).unwrap();
    assert!(port.pointer());
    assert!(!field_at("v1", "Endpoints", &["subsets", "ports", "port"]).unwrap().pointer());
}

#[test]
fn unknown_fields_are_told_in_the_order_found() {
    let body = json!({"apiVersion": "v1", "kind": "Service", "metdata": {}, "metadata": {"name": "a", "label": {}},
        "spec": {"portz": 1, "ports": [{"port": 80, "targetport": 1}], "selector": {"a": "b"}}});
    let decoded = decode(&SERVICES, &body);
    assert_eq!(decoded.type_error, None);
    let expected = "strict decoding error: unknown field \"metadata.label\", unknown field \"metdata\", \
        unknown field \"spec.ports[0].targetport\", unknown field \"spec.portz\"";
    assert_eq!(strict_text(&decoded.unknown), expected);
    let kept = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
        "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}});
    assert_eq!(decoded.value, kept);
}

fn type_error(resource: &Resource, body: Value) -> String {
    decode(resource, &body).type_error.unwrap_or_default()
}
use crate::api::{Resource, Value};

#[test]
fn wrong_types_are_refused_in_gos_words() {
    let service = |spec: Value| type_error(&SERVICES, json!({"spec": spec}));
    let rs = |spec: Value| type_error(&REPLICA_SETS, json!({"spec": spec}));
    let refused = |what: &str| format!("json: cannot unmarshal {what}");
    let port = "into Go struct field ServicePort.spec.ports.port of type int32";
    assert_eq!(service(json!({"ports": [{"port": "80"}]})), refused(&format!("string {port}")));
    assert_eq!(service(json!({"ports": [{"port": 80.5}]})), refused(&format!("number 80.5 {port}")));
    assert_eq!(service(json!({"ports": [{"port": 99999999999i64}]})), refused(&format!("number 99999999999 {port}")));
    let ports = "into Go struct field ServiceSpec.spec.ports of type";
    assert_eq!(service(json!({"ports": {"port": 80}})), refused(&format!("object {ports} []v1.ServicePort")));
    assert_eq!(service(json!({"ports": ["a"]})), refused(&format!("string {ports} v1.ServicePort")));
    let selector = "into Go struct field ServiceSpec.spec.selector of type";
    assert_eq!(service(json!({"selector": {"a": 1}})), refused(&format!("number {selector} string")));
    assert_eq!(service(json!({"selector": "a"})), refused(&format!("string {selector} map[string]string")));
    let families = "number into Go struct field ServiceSpec.spec.ipFamilies of type v1.IPFamily";
    assert_eq!(service(json!({"ipFamilies": [4]})), refused(families));
    let target = "bool into Go struct field ServicePort.spec.ports.targetPort of type int32";
    assert_eq!(service(json!({"ports": [{"targetPort": true}], "type": 1})), refused(target));
    let cpu = json!({"template": {"spec": {"containers": [{"resources": {"limits": {"cpu": "x"}}}]}}});
    assert_eq!(rs(cpu), crate::api::quantity::FORMAT_WRONG);
    let ingress = json!({"spec": {"rules": [{"http": {"paths": ["/"]}}]}});
    let paths = "string into Go struct field HTTPIngressRuleValue.spec.rules.IngressRuleValue.http.paths of type v1.HTTPIngressPath";
    assert_eq!(type_error(&crate::api::resource::INGRESSES, ingress), refused(paths));
}

#[test]
fn a_patched_tree_is_refused_in_other_words() {
    let patched = |spec: Value| convert(&SERVICES, &json!({"spec": spec})).map(|(_, unknown)| unknown);
    assert_eq!(patched(json!({"ports": [{"port": "80"}]})), Err("unrecognized type: int32".into()));
    assert_eq!(patched(json!({"ports": {}})), Err("cannot restore slice from map".into()));
    assert_eq!(patched(json!({"selector": "a"})), Err("cannot restore map from string".into()));
    assert_eq!(patched(json!({"selector": {"a": 1}})), Err("cannot convert int64 to string".into()));
    assert_eq!(patched(json!("a")), Err("cannot restore struct from: string".into()));
    assert_eq!(patched(json!({"y": 1, "x": 1})), Ok(vec!["spec.x".into(), "spec.y".into()]));
}
