//! `test` and `[`

use super::{Call, Outcome, compare, file_test};

/// `test` and `[`
pub fn test(call: &mut Call) -> Outcome {
    let mut args: Vec<&str> = call.args().iter().map(String::as_str).collect();
    if call.name() == "[" && args.pop() != Some("]") {
        return call.fail("missing `]'", 2);
    }
    let mut at = 0;
    match either(call, &args, &mut at) {
        Ok(value) if at == args.len() => Ok(i32::from(!value)),
        Ok(_) => call.fail("too many arguments", 2),
        Err(message) => call.fail(&message, 2),
    }
}

fn either(call: &mut Call, args: &[&str], at: &mut usize) -> Result<bool, String> {
    let mut value = both(call, args, at)?;
    while args.get(*at) == Some(&"-o") {
        *at += 1;
        value |= both(call, args, at)?;
    }
    Ok(value)
}

fn both(call: &mut Call, args: &[&str], at: &mut usize) -> Result<bool, String> {
    let mut value = primary(call, args, at)?;
    while args.get(*at) == Some(&"-a") {
        *at += 1;
        value &= primary(call, args, at)?;
    }
    Ok(value)
}

fn primary(call: &mut Call, args: &[&str], at: &mut usize) -> Result<bool, String> {
    let Some(first) = args.get(*at).copied() else { return Ok(false) };
    let binary = |op: &str| matches!(op, "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge");
    if let (Some(op), Some(right)) = (args.get(*at + 1).filter(|op| binary(op)), args.get(*at + 2)) {
        *at += 3;
        return compare(first, op, right).ok_or_else(|| {
            let bad = if first.trim().parse::<i64>().is_err() { first } else { right };
            if call.dash { format!("Illegal number: {bad}") } else { format!("{bad}: integer expression expected") }
        });
    }
    *at += 1;
    match (first, args.get(*at).copied()) {
        ("!", Some(_)) => primary(call, args, at).map(|v| !v),
        ("(", Some(_)) => {
            let value = either(call, args, at)?;
            *at += 1;
            Ok(value)
        }
        (flag, Some(operand)) if flag.len() == 2 && flag.starts_with('-') && flag != "-a" && flag != "-o" => {
            *at += 1;
            match flag {
                "-z" => Ok(operand.is_empty()),
                "-n" => Ok(!operand.is_empty()),
                "-t" => Ok(call.sys.is_terminal(operand.parse().unwrap_or(0))),
                "-e" | "-f" | "-d" | "-r" | "-w" | "-x" | "-s" | "-L" | "-h" => {
                    let node = call.sys.stat(operand);
                    Ok(file_test(flag, node.as_ref()))
                }
                _ => Err(format!("{flag}: unary operator expected")),
            }
        }
        (text, _) => Ok(!text.is_empty()),
    }
}
