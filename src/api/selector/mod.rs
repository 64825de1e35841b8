//! Label selectors (`app=web,tier in (a,b),!legacy`) and field selectors (`status.phase=Running`).

mod fields;
mod parser;

pub use fields::FieldSelector;

use super::validation::format;
use super::{FieldError, ObjectExt, Value};
use crate::collections::{sort, sort_by};
use std::fmt;

/// How a requirement compares: `selection.Operator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `key in (…)`
    In,
    /// `key notin (…)`
    NotIn,
    /// `key=value`
    Equals,
    /// `key==value`
    DoubleEquals,
    /// `key!=value`
    NotEquals,
    /// `key>number`
    GreaterThan,
    /// `key<number`
    LessThan,
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
}

/// One condition on an object's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How its value is compared.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

impl Requirement {
    /// Checks key, number of values and values.
    // upstream: apimachinery/pkg/labels/selector.go NewRequirement
    fn new(key: &str, operator: Operator, values: Vec<String>) -> Result<Self, String> {
        let mut errors: Vec<FieldError> = Vec::new();
        let whole = || Value::from(values.clone());
        let messages = format::qualified_name(key);
        if !messages.is_empty() {
            errors.push(FieldError::invalid("key", &key.into(), &messages.join("; ")));
        }
        let wrong = match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                Some("for 'in', 'notin' operators, values set can't be empty")
            }
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
                Some("exact-match compatibility requires one single value")
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                Some("values set must be empty for exists and does not exist")
            }
            Operator::GreaterThan | Operator::LessThan if values.len() != 1 => {
                Some("for 'Gt', 'Lt' operators, exactly one value is required")
            }
            _ => None,
        };
        errors.extend(wrong.map(|detail| FieldError::invalid("values", &whole(), detail)));
        let numeric = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        for (i, value) in values.iter().enumerate() {
            if numeric && value.parse::<i64>().is_err() {
                let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.push(FieldError::invalid(format!("values[{i}]"), &value.as_str().into(), detail));
            }
        }
        for (i, value) in values.iter().enumerate() {
            let messages = format::label_value(value);
            if !messages.is_empty() {
                let path = format!("values[{i}][{key}]");
                errors.push(FieldError::invalid(path, &value.as_str().into(), &messages.join("; ")));
            }
        }
        match errors.as_slice() {
            [] => Ok(Self { key: key.into(), operator, values }),
            [one] => Err(one.to_string()),
            many => Err(format!("[{}]", many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))),
        }
    }

    fn matches(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).map(|v| v.as_str().unwrap_or(""));
        let among = |v: &str| self.values.iter().any(|x| x == v);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => value.is_some_and(among),
            Operator::NotIn | Operator::NotEquals => !value.is_some_and(among),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan | Operator::LessThan => {
                let number = value.and_then(|v| v.parse::<i64>().ok());
                let bound = self.values.first().and_then(|v| v.parse::<i64>().ok());
                let (Some(number), Some(bound)) = (number, bound) else { return false };
                if self.operator == Operator::GreaterThan { number > bound } else { number < bound }
            }
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.clone();
        sort(&mut values);
        let values = values.join(",");
        let Self { key, operator, .. } = self;
        match operator {
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Exists => f.write_str(key),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

/// Conditions that must all hold: `labels.Selector`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// In key order.
    pub requirements: Vec<Requirement>,
    nothing: bool,
}

impl Selector {
    /// Reads `a=b,c in (x,y),!d,e!=f`.
    ///
    /// # Errors
    /// The server's words for what can't be understood, as they follow `Unable to find … : `.
    pub fn parse(text: &str) -> Result<Self, String> {
        parser::parse(text).map(Self::of)
    }

    fn of(mut requirements: Vec<Requirement>) -> Self {
        sort_by(&mut requirements, |a, b| a.key.cmp(&b.key));
        Self { requirements, nothing: false }
    }

    /// Matches every object.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Matches no object.
    pub fn nothing() -> Self {
        Self { requirements: Vec::new(), nothing: true }
    }

    /// A map of labels that must all be there: a Service's selector. Empty or none: everything.
    // upstream: apimachinery/pkg/labels/labels.go Set.AsSelectorPreValidated
    pub fn of_set(set: &Value) -> Self {
        let Value::Object(map) = set else { return Self::everything() };
        let requirement = |(key, value): (&String, &Value)| Requirement {
            key: key.clone(),
            operator: Operator::Equals,
            values: vec![value.as_str().unwrap_or("").into()],
        };
        Self::of(map.iter().map(requirement).collect())
    }

    /// A `LabelSelector` object (`matchLabels`, `matchExpressions`). None selects nothing, an empty one everything.
    ///
    /// # Errors
    /// What is wrong with it.
    // upstream: apimachinery/pkg/apis/meta/v1/helpers.go LabelSelectorAsSelector
    pub fn of_object(object: &Value) -> Result<Self, String> {
        if object.is_null() {
            return Ok(Self::nothing());
        }
        let mut requirements = Vec::new();
        for (key, value) in object.pairs_at("matchLabels") {
            requirements.push(Requirement::new(key, Operator::Equals, vec![value.into()])?);
        }
        for expression in object.list_at("matchExpressions") {
            let operator = match expression.str_at("operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(format!("{other:?} is not a valid label selector operator")),
            };
            let values = expression.list_at("values").iter().map(|v| v.as_str().unwrap_or("").into()).collect();
            requirements.push(Requirement::new(expression.str_at("key"), operator, values)?);
        }
        Ok(Self::of(requirements))
    }

    /// Whether it selects by nothing at all, so matches everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && !self.nothing
    }

    /// Whether it selects an object with these labels (a map of strings, or null).
    pub fn matches(&self, labels: &Value) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.matches(labels))
    }

    /// Whether it selects an object by its `metadata.labels`.
    pub fn selects(&self, object: &Value) -> bool {
        self.matches(object.at("metadata.labels"))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, requirement) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

/// A `LabelSelector` object as kubectl prints it: `app=web,tier in (a,b)`, `<none>`.
// upstream: apimachinery/pkg/apis/meta/v1/helpers.go FormatLabelSelector
pub fn format_object(object: &Value) -> String {
    match Selector::of_object(object) {
        Err(_) => "<error>".into(),
        Ok(selector) if selector.requirements.is_empty() => "<none>".into(),
        Ok(selector) => selector.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_parse_match_and_print() {
        let selector = Selector::parse("tier in (b, a),app=web,!old,x!=1,n>2").unwrap();
        assert_eq!(selector.to_string(), "app=web,n>2,!old,tier in (a,b),x!=1");
        assert!(selector.matches(&json!({"app": "web", "tier": "a", "n": "3"})));
        assert!(!selector.matches(&json!({"app": "web", "tier": "c", "n": "3"})));
        assert!(!selector.matches(&Value::Null));
        assert!(Selector::parse("").unwrap().matches(&Value::Null));
        assert!(Selector::parse("a").unwrap().matches(&json!({"a": ""})));
        assert!(!Selector::of_object(&Value::Null).unwrap().matches(&json!({})));
        assert!(Selector::of_object(&json!({})).unwrap().matches(&json!({})));
    }

    #[test]
    fn what_cannot_be_understood_is_told_in_the_servers_words() {
        for (text, error) in [
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("=b", "found '=', expected: !, identifier, or 'end of string'"),
            ("a,,b", "found ',', expected: identifier after ','"),
            ("!", "unable to parse requirement: found '', expected: identifier"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            (
                "a>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
            ("a=we!b", "found '!', expected: ',' or 'end of string'"),
            ("a notin", "unable to parse requirement: found '' expected: '('"),
        ] {
            assert_eq!(Selector::parse(text).unwrap_err(), error, "{text}");
        }
        let error = Selector::parse("a=-b").unwrap_err();
        assert!(error.starts_with("unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label"));
        let error = Selector::parse("-a").unwrap_err();
        assert!(error.starts_with("unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist"));
    }

    #[test]
    fn objects_print_as_text() {
        let object = json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["b", "a"]}]});
        assert_eq!(format_object(&object), "app=web,tier notin (a,b)");
        assert_eq!(format_object(&json!({})), "<none>");
        assert_eq!(format_object(&json!({"matchLabels": {"-": "x"}})), "<error>");
    }
}
