//! Switching machines off and on: `poweroff` and its like on a node, `virsh` on the user's machine, whose virtual
//! machines the nodes are.

use super::{Call, Outcome};
use crate::cluster::Power;
use crate::shell::Host;

/// The node that keeps the API server; without it nothing could be seen any more.
const CONTROL_PLANE: &str = "control-plane";

/// `poweroff`, `halt`, `reboot`, `shutdown -h now`, `shutdown -r now`
pub fn poweroff(call: &mut Call) -> Outcome {
    let reboots = call.name() == "reboot" || call.args().iter().any(|a| a == "-r" || a == "--reboot");
    switch_off(call, reboots)
}

/// `systemctl poweroff`, `systemctl reboot`, `systemctl restart kubelet`: no other service is simulated.
pub fn systemctl(call: &mut Call) -> Outcome {
    let restarts = call.args().iter().map(String::as_str).eq(["restart", "kubelet"]);
    if let (true, Host::Node(node)) = (restarts, call.sys.common.host.clone()) {
        call.sys.cluster.restart_kubelet(&node);
        return Ok(0);
    }
    match call.args().first().map(String::as_str) {
        Some("poweroff" | "halt") => switch_off(call, false),
        Some("reboot") => switch_off(call, true),
        _ => call.fail("not simulated here", 1),
    }
}

fn switch_off(call: &mut Call, reboots: bool) -> Outcome {
    let Host::Node(node) = call.sys.common.host.clone() else { return call.fail("not simulated here", 1) };
    if &*node == CONTROL_PLANE {
        return call.fail("not simulated here: without control-plane there is no API server", 1);
    }
    call.sys.cluster.power_off(&node);
    if reboots {
        call.sys.cluster.power_on(&node);
    }
    Ok(0)
}

/// `virsh start NODE`, `shutdown`, `destroy`, `reboot`, `list --all`
#[inline(never)] // kept apart: loaded with the rest of the engine
pub fn virsh(call: &mut Call) -> Outcome {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    let (verb, name) = match words[..] {
        ["list"] => return list(call),
        [verb @ ("start" | "shutdown" | "destroy" | "reboot"), name] => (verb, name),
        [verb @ ("start" | "shutdown" | "destroy" | "reboot")] => {
            let text = format!("error: command '{verb}' requires <domain> option\n");
            call.err(&text);
            return Ok(1);
        }
        _ => return call.fail("not simulated here", 1),
    };
    let Some(power) = call.sys.cluster.power(name) else {
        call.err(&format!("error: failed to get domain '{name}'\n\n"));
        return Ok(1);
    };
    let done = match (verb, power) {
        ("start", Power::Off) => "started",
        ("start", _) => {
            call.err("error: Domain is already active\n\n");
            return Ok(1);
        }
        _ if name == CONTROL_PLANE => {
            return call.fail("not simulated here: without control-plane there is no API server", 1);
        }
        (_, Power::Off) => {
            let what = if verb == "reboot" { "reboot" } else { verb };
            call.err(&format!(
                "error: Failed to {what} domain '{name}'\nerror: Requested operation is not valid: domain is not running\n\n"
            ));
            return Ok(1);
        }
        ("shutdown", _) => "is being shutdown",
        ("reboot", _) => "is being rebooted",
        _ => "destroyed",
    };
    if verb != "start" {
        call.sys.cluster.power_off(name);
    }
    if matches!(verb, "start" | "reboot") {
        call.sys.cluster.power_on(name);
    }
    call.out(&format!("Domain '{name}' {done}\n\n"));
    Ok(0)
}

fn list(call: &mut Call) -> Outcome {
    let all = call.args().iter().any(|a| a == "--all");
    let machines = call.sys.cluster.machines();
    let width = machines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(4);
    call.out(&format!(" Id   {:width$}   State\n{}\n", "Name", "-".repeat(width + 20)));
    for (i, (name, power)) in machines.iter().enumerate() {
        if *power == Power::Off {
            if all {
                call.out(&format!(" -    {name:width$}   shut off\n"));
            }
        } else {
            call.out(&format!(" {:<4} {name:width$}   running\n", i + 1));
        }
    }
    call.out("\n");
    Ok(0)
}
