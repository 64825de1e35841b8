//! Hashes that upstream takes of what Go prints of a structure: ReplicaSets' names, orders of ports.
//!
//! Such a print (`dump.ForHash`) shows every field with its type, those that are not set too, so it takes the
//! structures as Go has them: `go_structs.txt`, one a line, `FIELD:TYPE` after its name, `+` for an embedded one,
//! `FIELD=json` where the JSON name isn't the field's with a small start. Types: `s` string, `S` list of them, `b`,
//! `i` int32, `l` int64, `m` map of strings, else a name of package `v1` (a structure of the table, or a string).

use crate::api::{ObjectExt, Value};
use crate::collections::sort_by_key;
use serde_json::Map;

const STRUCTS: &str = include_str!("go_structs.txt");

/// The suffix of a ReplicaSet's name: `7b46c4b544`.
// upstream: pkg/controller/controller_utils.go ComputeHash, apimachinery/pkg/util/rand/rand.go SafeEncodeString
pub(super) fn template_hash(template: &Value, collisions: Option<i64>) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut text = String::new();
    if go_struct(&mut text, "PodTemplateSpec", template, true).is_none() {
        // What the table lacks still tells templates apart.
        text = template.to_string();
    }
    let mut bytes = text.into_bytes();
    if let Some(count) = collisions {
        bytes.extend((count as u32).to_le_bytes());
        bytes.extend([0; 4]);
    }
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    hash.to_string().bytes().filter_map(|b| ALPHABET.get(usize::from(b) % 27)).map(|b| char::from(*b)).collect()
}

/// Sorts ports of Endpoints as `portsByHash` does.
// upstream: pkg/api/v1/endpoints/util.go portsByHash
pub(super) fn sort_endpoint_ports(ports: &mut [Value]) {
    sort_by_key(ports, |p| {
        let text = [
            "(v1.EndpointPort){Name:(string)",
            p.str_at("name"),
            " Port:(int32)",
            &p.int_at("port").unwrap_or(0).to_string(),
            " Protocol:(v1.Protocol)",
            p.str_at("protocol"),
            " AppProtocol:(*string)",
            p.at("appProtocol").as_str().unwrap_or("<nil>"),
            "}",
        ];
        fnv128a(&text.concat())
    });
}

/// Sorts ports of an EndpointSlice as taking their key does.
// upstream: endpointslice/util/controller_utils.go NewPortMapKey, portsInOrder
pub(super) fn sort_slice_ports(ports: &mut [Value]) {
    if ports.len() < 2 {
        return;
    }
    sort_by_key(ports, |p| {
        let text = [
            "(v1.EndpointPort){Name:(*string)",
            p.str_at("name"),
            " Protocol:(*v1.Protocol)",
            p.str_at("protocol"),
            " Port:(*int32)",
            &p.int_at("port").map_or("<nil>".into(), |n| n.to_string()),
            " AppProtocol:(*string)",
            p.at("appProtocol").as_str().unwrap_or("<nil>"),
            "}",
        ];
        fnv128a(&text.concat())
    });
}

/// FNV-1a in 128 bits.
fn fnv128a(text: &str) -> u128 {
    const PRIME: u128 = (1 << 88) + 0x13b;
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |h, b| (h ^ u128::from(b)).wrapping_mul(PRIME))
}

/// The fields of a structure of the table.
fn fields(name: &str) -> Option<&'static str> {
    STRUCTS.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '))
}

/// `DNSPolicy` → `dnsPolicy`
fn json_name(field: &str) -> String {
    let capitals = field.bytes().take_while(u8::is_ascii_uppercase).count();
    let small = if capitals == field.len() || capitals < 2 { capitals } else { capitals - 1 };
    [&field[..small].to_ascii_lowercase(), &field[small..]].concat()
}

/// Prints a structure; `None` where it holds what the table does not know.
fn go_struct(out: &mut String, name: &str, value: &Value, typed: bool) -> Option<()> {
    if typed {
        out.push_str(&["(v1.", name, ")"].concat());
    }
    out.push('{');
    for (i, field) in fields(name)?.split(' ').enumerate() {
        let (field, kind) = field.split_once(':')?;
        if i > 0 {
            out.push(' ');
        }
        let (field, inner) = match (field.strip_prefix('+'), field.split_once('=')) {
            (Some(embedded), _) => (embedded, value),
            (None, Some((field, json))) => (field, value.at(json)),
            (None, None) => (field, value.get(json_name(field)).unwrap_or(&Value::Null)),
        };
        out.push_str(field);
        out.push(':');
        go_value(out, kind, inner)?;
    }
    out.push('}');
    Some(())
}

/// Prints a field's type and value.
fn go_value(out: &mut String, kind: &str, value: &Value) -> Option<()> {
    let (pointer, base) = match kind.strip_prefix('*') {
        Some(base) => (true, base),
        None => (false, kind),
    };
    let list = base.strip_prefix("[]");
    let name = match base {
        "s" => "string".into(),
        "S" => "[]string".into(),
        "b" => "bool".into(),
        "i" => "int32".into(),
        "l" => "int64".into(),
        "m" => "map[string]string".into(),
        _ if base.contains('.') || base == "[]int64" => base.to_owned(),
        _ => match list {
            Some(item) => ["[]v1.", item].concat(),
            None => ["v1.", base].concat(),
        },
    };
    let star = if pointer { "*" } else { "" };
    out.push_str(&["(", star, &name, ")"].concat());
    let empty = match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty() && !pointer,
        other => other.is_null(),
    };
    let nil = pointer || list.is_some() || matches!(base, "S" | "m" | "ResourceList");
    match (base, value) {
        _ if nil && empty && (!pointer || value.is_null()) => out.push_str("<nil>"),
        ("b", value) => out.push_str(if value.as_bool().unwrap_or(false) { "true" } else { "false" }),
        ("i" | "l", value) => out.push_str(&value.as_i64().unwrap_or(0).to_string()),
        ("S", Value::Array(items)) => {
            let texts: Vec<&str> = items.iter().map(|i| i.as_str().unwrap_or("")).collect();
            out.push_str(&["[", &texts.join(" "), "]"].concat());
        }
        ("[]int64", Value::Array(items)) => {
            let texts: Vec<String> = items.iter().map(Value::to_string).collect();
            out.push_str(&["[", &texts.join(" "), "]"].concat());
        }
        ("m", Value::Object(map)) => {
            let texts: Vec<String> = map.iter().map(|(k, v)| [k, ":", v.as_str().unwrap_or("")].concat()).collect();
            out.push_str(&["map[", &texts.join(" "), "]"].concat());
        }
        ("ResourceList", Value::Object(map)) => quantities(out, map)?,
        ("resource.Quantity", value) => quantity(out, value)?,
        ("intstr.IntOrString", value) => {
            let kind = i32::from(value.is_string());
            let (number, text) = (value.as_i64().unwrap_or(0), value.as_str().unwrap_or(""));
            out.push_str(&format!("{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"));
        }
        ("Time", Value::Null) => {
            out.push_str("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}");
        }
        (_, Value::Array(items)) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                match item.as_str() {
                    Some(text) => out.push_str(text),
                    None => go_struct(out, list?, item, false)?,
                }
            }
            out.push(']');
        }
        (base, Value::Object(_)) => go_struct(out, base, value, false)?,
        (base, Value::Null) if fields(base).is_some() => go_struct(out, base, value, false)?,
        (_, Value::Null) => {}
        (_, value) => out.push_str(value.as_str()?),
    }
    Some(())
}

fn quantities(out: &mut String, map: &Map<String, Value>) -> Option<()> {
    out.push_str("map[");
    for (i, (name, value)) in map.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(&[name, ":"].concat());
        quantity(out, value)?;
    }
    out.push(']');
    Some(())
}

/// A quantity as its parser leaves it.
// upstream: apimachinery/pkg/api/resource/quantity.go ParseQuantity
fn quantity(out: &mut String, value: &Value) -> Option<()> {
    let text = value.as_str().unwrap_or("");
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let (number, scale, format, cached) = if let Some(power) = unit.strip_suffix('i') {
        let exponent = 10 * (1 + "KMGTPE".find(power)? as u32);
        let number: i64 = digits.parse().ok()?;
        (number.checked_mul(1_i64.checked_shl(exponent)?)?, 0, "BinarySI", number & 7 != 0)
    } else if text.is_empty() || text == "0" {
        (0, 0, if text.is_empty() { "" } else { "DecimalSI" }, true)
    } else {
        let scale = match unit {
            "" => 0,
            "n" => -9,
            "u" => -6,
            "m" => -3,
            "k" => 3,
            _ => 6 + 3 * "MGTPE".find(unit)? as i32,
        };
        (digits.parse().ok()?, scale, "DecimalSI", !digits.ends_with("000"))
    };
    let cached = if cached { text } else { "" };
    out.push_str(&format!(
        "{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}} \
d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){cached} Format:(resource.Format){format}}}"
    ));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {
            "containers": [{"name": "nginx", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "securityContext": {}, "terminationGracePeriodSeconds": 30}})
    }

    #[test]
    fn templates_have_the_hashes_that_a_real_cluster_gives_them() {
        assert_eq!(template_hash(&template("nginx:1.25"), None), "7b46c4b544");
        assert_eq!(template_hash(&template("nginx:1.26"), None), "777f9fc55f");
    }

    #[test]
    fn ports_are_in_the_order_of_their_hash() {
        let port = |name: &str, port: i64, protocol: &str| json!({"name": name, "port": port, "protocol": protocol});
        let names = |ports: &[Value]| ports.iter().map(|p| p.str_at("name").to_owned()).collect::<Vec<_>>();
        let mut ports = [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")];
        sort_endpoint_ports(&mut ports);
        assert_eq!(names(&ports), ["metrics", "dns-tcp", "dns"]);
        let mut ports = [port("http", 8080, "TCP"), port("metrics", 9102, "TCP"), port("dns", 53, "UDP")];
        sort_slice_ports(&mut ports);
        assert_eq!(names(&ports), ["http", "dns", "metrics"]);
    }

    #[test]
    fn structures_print_as_go_prints_them() {
        let mut text = String::new();
        let probe = json!({"httpGet": {"path": "/", "port": 80}});
        assert!(go_struct(&mut text, "Probe", &probe, true).is_some());
        assert_eq!(
            text,
            "(v1.Probe){ProbeHandler:(v1.ProbeHandler){Exec:(*v1.ExecAction)<nil> HTTPGet:(*v1.HTTPGetAction){Path:(string)/ Port:(intstr.IntOrString){Type:(intstr.Type)0 IntVal:(int32)80 StrVal:(string)} Host:(string) Scheme:(v1.URIScheme) HTTPHeaders:([]v1.HTTPHeader)<nil>} TCPSocket:(*v1.TCPSocketAction)<nil> GRPC:(*v1.GRPCAction)<nil>} InitialDelaySeconds:(int32)0 TimeoutSeconds:(int32)0 PeriodSeconds:(int32)0 SuccessThreshold:(int32)0 FailureThreshold:(int32)0 TerminationGracePeriodSeconds:(*int64)<nil>}"
        );
        text.clear();
        let resources = json!({"requests": {"cpu": "100m", "memory": "64Mi"}});
        assert!(go_struct(&mut text, "ResourceRequirements", &resources, true).is_some());
        assert_eq!(
            text,
            "(v1.ResourceRequirements){Limits:(v1.ResourceList)<nil> Requests:(v1.ResourceList)map[cpu:{i:(resource.int64Amount){value:(int64)100 scale:(resource.Scale)-3} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)100m Format:(resource.Format)DecimalSI} memory:{i:(resource.int64Amount){value:(int64)67108864 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string) Format:(resource.Format)BinarySI}] Claims:([]v1.ResourceClaim)<nil>}"
        );
    }
}
