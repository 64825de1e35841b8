//! `--sort-by`: objects in the order of one of their fields.

use super::go;
use super::jsonpath::JsonPath;
use crate::api::Value;
use crate::api::error::go_quote;
use crate::api::quantity::Quantity;

/// Sorts `objects` by the field that `path` names; those without it come first. The error is kubectl's: a path that
/// can't be read, or a field that no object has. A table is then not printed at all and nothing is said.
// upstream: kubectl/pkg/cmd/get/sorter.go SortObjects, TableSorter
pub fn by<T, F: Fn(&T) -> &Value>(objects: &mut Vec<T>, path: &str, value_of: F) -> Result<(), String> {
    let field = JsonPath::relaxed(path)?;
    let parser = JsonPath::parse(&field)?;
    let mut keyed: Vec<(Option<Value>, T)> = Vec::with_capacity(objects.len());
    for object in objects.drain(..) {
        let found = parser.find(value_of(&object));
        let key =
            found.map(|all| all.into_iter().next().and_then(|first| first.into_iter().next().map(|v| v.into_owned())));
        keyed.push((key?, object));
    }
    let known = keyed.is_empty() || keyed.iter().any(|(key, _)| key.is_some());
    // Insertion: what Go's sort does with a dozen at most, and keeps the order that an inconsistent comparison gives.
    for i in 1..keyed.len() {
        let mut j = i;
        while known && j > 0 && less(&keyed[j].0, &keyed[j - 1].0) {
            keyed.swap(j, j - 1);
            j -= 1;
        }
    }
    objects.extend(keyed.into_iter().map(|(_, object)| object));
    if known {
        Ok(())
    } else {
        Err(format!("couldn't find any field with path {} in the list of objects", go_quote(&field)))
    }
}

// upstream: kubectl/pkg/cmd/get/sorter.go isLess
fn less(a: &Option<Value>, b: &Option<Value>) -> bool {
    let (Some(a), b) = (a, b) else { return true };
    let Some(b) = b else { return false };
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() < b.as_f64(),
        (Value::String(a), Value::String(b)) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Ok(a), Ok(b)) => a < b,
            _ => a < b,
        },
        (Value::Bool(a), Value::Bool(b)) => a < b,
        (Value::Null, other) => !other.is_null(),
        (_, Value::Null) => false,
        (a, b) => go::sprint(a) < go::sprint(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn by_a_field() {
        let mut list = vec![json!({"n": 2, "x": "b"}), json!({"n": 10, "x": "a"}), json!({"n": 1})];
        by(&mut list, ".n", |v| v).unwrap();
        assert_eq!(list.iter().map(|v| v["n"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 10]);
        by(&mut list, "{.x}", |v| v).unwrap();
        assert_eq!(list[0], json!({"n": 1}));
        let mut sizes = vec![json!({"m": "1Gi"}), json!({"m": "200Mi"}), json!({"m": "9"})];
        by(&mut sizes, "m", |v| v).unwrap();
        assert_eq!(sizes[0], json!({"m": "9"}));
        assert_eq!(sizes[2], json!({"m": "1Gi"}));
        let error = by(&mut list, ".nope", |v| v).unwrap_err();
        assert_eq!(error, "couldn't find any field with path \"{.nope}\" in the list of objects");
    }
}
