//! Jobs and CronJobs.
// upstream: pkg/apis/batch/validation/validation.go

use super::field::{Errors, Field, shown_selector};
use super::{format, pod};
use crate::api::selector::Selector;
use crate::api::{ObjectExt, Value};

const UID_LABELS: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];
const NAME_LABELS: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];

pub(super) fn job(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    if old.is_none() {
        generated_labels(errors, root, &spec);
    }
    job_spec(errors, &spec);
    let selector = spec.child("selector");
    if selector.given() {
        errors.label_selector(&selector);
    } else {
        errors.required(&selector, "");
    }
    if Selector::of_object(selector.value).is_ok_and(|s| !s.matches(pod::template_labels(spec.value))) {
        let labels = spec.child("template.metadata.labels");
        errors.invalid(&labels, "`selector` does not match template `labels`");
    }
    if let Some(old) = old {
        job_changes(errors, &spec, old.at("spec"));
    } else if spec.value.str_at("completionMode") == "Indexed" && spec.child("completions").int() > 0 {
        let host = format!("{}-{}", root.value.name(), spec.child("completions").int() - 1);
        if !format::dns_label(&host).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {host}");
            errors.text(&root.child("metadata.name"), &detail);
        }
    }
}

// upstream: validateGeneratedSelector
fn generated_labels(errors: &mut Errors, root: &Field, spec: &Field) {
    if spec.value.bool_at("manualSelector") || !spec.has("selector") {
        return;
    }
    let labels = spec.child("template.metadata.labels");
    let (uid, name) = (root.value.uid(), root.value.name());
    let wanted = [(UID_LABELS[0], uid), (NAME_LABELS[0], name), (UID_LABELS[1], uid), (NAME_LABELS[1], name)];
    for (key, value) in wanted {
        let label = labels.key(key);
        if !label.given() {
            let at = label.named([&spec.path, ".template.metadata.labels"].concat());
            errors.required(&at, &format!("must be '{value}'"));
        } else if label.str() != value {
            let at = label.named([&spec.path, ".template.metadata.labels"].concat());
            errors.invalid(&at, &format!("must be '{value}'"));
        }
    }
}

fn job_spec(errors: &mut Errors, spec: &Field) {
    let numbers = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for name in numbers {
        errors.nonnegative(&spec.child(name));
    }
    if spec.has("maxFailedIndexes") && !spec.has("backoffLimitPerIndex") {
        errors.required(&spec.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    let mode = spec.child("completionMode");
    if mode.given() {
        errors.one_of(&mode, &["NonIndexed", "Indexed"]);
        if mode.str() == "Indexed" && !spec.has("completions") {
            errors.required(&spec.child("completions"), "when completion mode is Indexed");
        }
    }
    if mode.str() != "Indexed" {
        for name in ["backoffLimitPerIndex", "maxFailedIndexes"].into_iter().filter(|n| spec.has(n)) {
            errors.number(&spec.child(name), "requires indexed completion mode");
        }
    }
    let replacement = spec.child("podReplacementPolicy");
    if replacement.given() {
        let allowed: &[&str] =
            if spec.has("podFailurePolicy") { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        errors.one_of(&replacement, allowed);
    }
    let template = spec.child("template");
    pod::template(errors, &template);
    let policy = template.child("spec.restartPolicy");
    if matches!(policy.str(), "Always" | "") {
        errors.required(&policy, "valid values: \"OnFailure\", \"Never\"");
    } else {
        errors.one_of(&policy, &["OnFailure", "Never"]);
    }
}

fn job_changes(errors: &mut Errors, new: &Field, old: &Value) {
    let completions = new.child("completions");
    if completions.value != old.at("completions") && new.value.str_at("completionMode") != "Indexed" {
        errors.invalid(&completions, format::IMMUTABLE);
    }
    let selector = new.child("selector");
    if selector.value != old.at("selector") {
        errors.written(&selector.path, &shown_selector(selector.value), format::IMMUTABLE);
    }
    let template = new.child("template");
    if template.value != old.at("template") && !old.bool_at("suspend") {
        errors.invalid(&template, format::IMMUTABLE);
    }
    for name in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        errors.immutable(&new.child(name), old.at(name));
    }
}

pub(super) fn cron_job(errors: &mut Errors, root: &Field) {
    let spec = root.child("spec");
    let schedule = spec.child("schedule");
    if schedule.str().is_empty() {
        errors.required(&schedule, "");
    } else {
        if let Some(detail) = schedule_error(schedule.str()) {
            errors.text(&schedule, &detail);
        }
        if schedule.str().contains("TZ") {
            errors.text(&schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
    }
    errors.nonnegative(&spec.child("startingDeadlineSeconds"));
    errors.required_one_of(&spec.child("concurrencyPolicy"), &["Allow", "Forbid", "Replace"]);
    let job = spec.child("jobTemplate.spec");
    job_spec(errors, &job);
    if job.has("selector") {
        let selector = job.child("selector");
        errors.written(&selector.path, &shown_selector(selector.value), "`selector` will be auto-generated");
    }
    errors.nonnegative(&spec.child("successfulJobsHistoryLimit"));
    errors.nonnegative(&spec.child("failedJobsHistoryLimit"));
    let name = root.child("metadata.name");
    if name.str().len() > 52 {
        errors.text(&name, "must be no more than 52 characters");
    }
}

/// What is wrong with a schedule of five fields.
// upstream: github.com/robfig/cron/v3 ParseStandard
fn schedule_error(schedule: &str) -> Option<String> {
    if let Some(descriptor) = schedule.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        let known = known.contains(&descriptor) || descriptor.starts_with("every ");
        return (!known).then(|| format!("unrecognized descriptor: {schedule}"));
    }
    let fields: Vec<&str> =
        schedule.split_whitespace().filter(|f| !f.starts_with("TZ=") && !f.starts_with("CRON_TZ=")).collect();
    if fields.len() != 5 {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
    const DAYS: &str = "sun mon tue wed thu fri sat";
    let bounds = [(0, 59, ""), (0, 23, ""), (1, 31, ""), (1, 12, MONTHS), (0, 6, DAYS)];
    fields.iter().zip(bounds).find_map(|(field, bounds)| field.split(',').find_map(|part| range_error(part, bounds)))
}

/// One part of a field: `*`, `?`, `N`, `N-M`, with `/STEP`.
fn range_error(part: &str, (least, most, names): (u32, u32, &str)) -> Option<String> {
    let (range, step) = part.split_once('/').map_or((part, None), |(r, s)| (r, Some(s)));
    let number = |s: &str| -> Result<u32, String> {
        let named = names.split(' ').position(|n| !n.is_empty() && n.eq_ignore_ascii_case(s));
        match named {
            Some(i) => Ok(i as u32 + least),
            None => s
                .parse()
                .map_err(|_| format!("failed to parse int from {s}: strconv.Atoi: parsing {s:?}: invalid syntax")),
        }
    };
    let checked = || -> Result<(), String> {
        let (start, end) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, most),
            Some((a, b)) => (number(a)?, number(b)?),
            None => {
                let start = number(range)?;
                (start, if step.is_some() { most } else { start })
            }
        };
        if let Some(step) = step
            && number(step)? == 0
        {
            return Err(format!("step of range should be a positive number: {part}"));
        }
        match () {
            () if start < least => Err(format!("beginning of range ({start}) below minimum ({least}): {part}")),
            () if end > most => Err(format!("end of range ({end}) above maximum ({most}): {part}")),
            () if start > end => Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}")),
            () => Ok(()),
        }
    };
    checked().err()
}
