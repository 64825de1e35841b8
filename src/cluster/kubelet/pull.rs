//! A container's image: it is there, it is pulled, or it can't be had and is tried for again and again.
//! upstream: pkg/kubelet/images/image_manager.go, pkg/kubelet/pod_workers.go

use super::start::{about, container, created, next, set_state};
use super::*;
use crate::cluster::registry;

/// How long no pull is tried after the first that failed (`imageBackOffPeriod`), doubled each time …
const BACK_OFF: u64 = 10;
/// … up to this (`MaxImageBackOff`).
const BACK_OFF_MAX: u64 = 300;
/// Between two looks at a Pod that could not be synced: 10 s and up to half of that (`backOffPeriod`); here the middle.
const RESYNC: Duration = Duration::millis(12_500);

/// What a container's pulls have come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pull {
    /// How many failed, of this image.
    failures: u32,
    /// When the last one did.
    failed: Time,
    /// When the pull is over, or the Pod looked at again. What was planned for another moment is void.
    due: Time,
    /// Whether the containers after this one were made without waiting for it.
    pub(super) passed: bool,
}

impl Pull {
    /// Whether a pull failed, or was not even begun.
    pub(super) fn tried(&self) -> bool {
        self.failures > 0 || self.passed
    }

    /// The image was changed: what is known of the old one's pulls does not count.
    pub(super) fn forget(&mut self) {
        *self = Self { passed: self.passed, ..Self::default() };
    }
}

/// Makes the container `i`: its image first.
// upstream: EnsureImageExists
pub(super) fn create(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let Some(run) = cluster.kubelets.pods.get(uid) else { return };
    let Some(container) = run.containers.get(i) else {
        start::all_started(cluster, uid, pod);
        return;
    };
    let (node, image, name) = (run.node.clone(), container.image().to_owned(), container.name().to_owned());
    let present = cluster.kubelets.nodes.get(&node).is_some_and(|n| n.images.contains(&image));
    let policy = container.spec.str_at("imagePullPolicy").to_owned();
    if let Some(text) = registry::invalid(&image) {
        refused(cluster, uid, pod, i, ("InspectFailed", "InvalidImageName", text));
    } else if policy == "Never" && !present {
        let text = format!("Container image {image:?} is not present with pull policy of Never");
        refused(cluster, uid, pod, i, ("ErrImageNeverPull", "ErrImageNeverPull", text));
    } else if present && policy != "Always" {
        let text = format!("Container image {image:?} already present on machine and can be accessed by the pod");
        cluster.container_event(&node, pod, &name, (EventType::Normal, "Pulled"), &text);
        created(cluster, uid, pod, i);
    } else {
        let text = format!("Pulling image {image:?}");
        cluster.container_event(&node, pod, &name, (EventType::Normal, "Pulling"), &text);
        go_on_after(cluster, uid, i, (PULL, Step::Pulled(i)));
    }
}

/// The kubelet doesn't even try to pull: the event's reason, the container's, and why.
#[inline(never)] // kept apart: loaded with the rest of the engine
fn refused(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize, why: (&str, &'static str, String)) {
    let Some((node, _, name)) = about(cluster, uid, i) else { return };
    let (event, reason, message) = why;
    cluster.container_event(&node, pod, &name, (EventType::Warning, event), &message);
    cluster.container_event(&node, pod, &name, (EventType::Warning, "Failed"), &format!("Error: {reason}"));
    set_state(cluster, uid, i, State::Waiting { reason, message });
    cluster.post(uid, pod);
    pass(cluster, uid, pod, i);
    go_on_after(cluster, uid, i, (RESYNC, Step::PullAgain(i)));
}

/// The pull is over.
pub(super) fn pulled(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    if !is_due(cluster, uid, i) {
        return;
    }
    let Some((node, image, name)) = about(cluster, uid, i) else { return };
    if let Some(why) = registry::missing(&image) {
        failed(cluster, uid, pod, i, why);
        return;
    }
    let text =
        format!("Successfully pulled image {image:?} in 700ms (700ms including waiting). Image size: 72000000 bytes.");
    cluster.container_event(&node, pod, &name, (EventType::Normal, "Pulled"), &text);
    if let Some(node) = cluster.kubelets.nodes.get_mut(&node) {
        node.images.insert(image);
    }
    created(cluster, uid, pod, i);
}

#[inline(never)] // kept apart: loaded with the rest of the engine
fn failed(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize, why: String) {
    let Some((node, image, name)) = about(cluster, uid, i) else { return };
    let text = format!("Failed to pull image {image:?}: {why}");
    cluster.container_event(&node, pod, &name, (EventType::Warning, "Failed"), &text);
    cluster.container_event(&node, pod, &name, (EventType::Warning, "Failed"), "Error: ErrImagePull");
    set_state(cluster, uid, i, State::Waiting { reason: "ErrImagePull", message: why });
    let now = cluster.now;
    if let Some(one) = container(cluster, uid, i) {
        one.pull.failures += 1;
        one.pull.failed = now;
    }
    cluster.post(uid, pod);
    // The status that was just posted makes the kubelet look at once.
    go_on_after(cluster, uid, i, (SHORT, Step::PullAgain(i)));
}

fn go_on_after(cluster: &mut Cluster, uid: &Rc<str>, i: usize, (after, step): (Duration, Step)) {
    let due = cluster.now + after;
    if let Some(one) = container(cluster, uid, i) {
        one.pull.due = due;
    }
    cluster.plan(uid, after, step);
}

/// Whether a step was planned for now: the image was not changed since.
fn is_due(cluster: &mut Cluster, uid: &Rc<str>, i: usize) -> bool {
    let now = cluster.now;
    container(cluster, uid, i).is_some_and(|c| c.pull.due == now && matches!(c.state, State::Waiting { .. }))
}

/// The Pod is looked at again: while the back-off runs that is only told, then the image is tried for once more.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn again(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    if !is_due(cluster, uid, i) {
        return;
    }
    let (now, Some((node, image, name))) = (cluster.now, about(cluster, uid, i)) else { return };
    let Some(one) = container(cluster, uid, i) else { return };
    let wait = (BACK_OFF << one.pull.failures.saturating_sub(1).min(10)).min(BACK_OFF_MAX);
    if one.pull.failures == 0 || now >= one.pull.failed + Duration::secs(wait) {
        create(cluster, uid, pod, i);
        return;
    }
    let text = format!("Back-off pulling image {image:?}");
    cluster.container_event(&node, pod, &name, (EventType::Normal, "BackOff"), &text);
    cluster.container_event(&node, pod, &name, (EventType::Warning, "Failed"), "Error: ImagePullBackOff");
    let message = format!("{text}: ErrImagePull: {}", registry::missing(&image).unwrap_or_default());
    set_state(cluster, uid, i, State::Waiting { reason: "ImagePullBackOff", message });
    cluster.post(uid, pod);
    pass(cluster, uid, pod, i);
    go_on_after(cluster, uid, i, (RESYNC, Step::PullAgain(i)));
}

/// The other containers start all the same.
fn pass(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let Some(one) = container(cluster, uid, i) else { return };
    if !std::mem::replace(&mut one.pull.passed, true) {
        next(cluster, uid, pod, i, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Options;

    fn cluster_with(containers: Value, init: Value) -> Cluster {
        let mut cluster = Cluster::new(&Options { seed: 5, ..Options::default() });
        let spec = json!({"containers": containers, "initContainers": init});
        let pod =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": spec});
        cluster.create(&PODS, pod).unwrap();
        cluster
    }

    fn states(cluster: &Cluster) -> Vec<String> {
        let pod = cluster.store.find(&PODS, "default", "p").unwrap();
        let lists = ["status.initContainerStatuses", "status.containerStatuses"];
        let all = lists.iter().flat_map(|l| pod.list_at(l));
        all.map(|s| match s.str_at("state.waiting.reason") {
            "" => s.at("state").as_object().unwrap().keys().next().unwrap().clone(),
            reason => reason.to_owned(),
        })
        .collect()
    }

    fn count(cluster: &Cluster, message: &str) -> i64 {
        let events = cluster.store.list(&crate::api::resource::EVENTS, "default");
        events.filter(|e| e.str_at("message").starts_with(message)).filter_map(|e| e.int_at("count")).sum()
    }

    fn pass(cluster: &mut Cluster, millis: u64) {
        cluster.advance(cluster.now + Duration::millis(millis));
    }

    fn correct(cluster: &mut Cluster, list: &str, image: &str) {
        let mut pod = cluster.store.find(&PODS, "default", "p").unwrap().as_ref().clone();
        pod["spec"][list][0]["image"] = image.into();
        cluster.update(&PODS, pod).unwrap();
    }

    #[test]
    fn a_failed_pull_is_tried_again_with_growing_pauses_until_the_image_is_corrected() {
        let mut cluster =
            cluster_with(json!([{"name": "a", "image": "ngnix"}, {"name": "b", "image": "nginx"}]), json!([]));
        pass(&mut cluster, 1_000);
        assert_eq!(states(&cluster), ["ErrImagePull", "ContainerCreating"]);
        pass(&mut cluster, 3_000);
        assert_eq!(states(&cluster), ["ImagePullBackOff", "running"]);
        assert_eq!(count(&cluster, "Pulling image \"ngnix\""), 1);
        // Tried again after 10, 20, 40 seconds, whenever the Pod is looked at next.
        for (millis, pulls) in [(12_000, 2), (25_000, 3), (55_000, 4), (20_000, 4)] {
            pass(&mut cluster, millis);
            assert_eq!(count(&cluster, "Pulling image \"ngnix\""), pulls);
        }
        assert_eq!(states(&cluster), ["ImagePullBackOff", "running"]);
        correct(&mut cluster, "containers", "nginx");
        pass(&mut cluster, 3_000);
        assert_eq!(states(&cluster), ["running", "running"]);
        assert_eq!(count(&cluster, "Container started"), 2);
        pass(&mut cluster, 200_000);
        assert_eq!(count(&cluster, "Pulling image \"ngnix\""), 4);
    }

    #[test]
    fn another_wrong_image_starts_over_and_a_name_that_is_none_is_not_pulled() {
        let mut cluster = cluster_with(json!([{"name": "a", "image": "Nginx"}]), json!([]));
        pass(&mut cluster, 2_000);
        assert_eq!(states(&cluster), ["InvalidImageName"]);
        let said = "Failed to apply default image tag \"Nginx\": couldn't parse image name \"Nginx\": \
            invalid reference format: repository name (library/Nginx) must be lowercase";
        assert_eq!(count(&cluster, said), 1);
        correct(&mut cluster, "containers", "nginx:1.161");
        pass(&mut cluster, 2_000);
        assert_eq!(states(&cluster), ["ImagePullBackOff"]);
        pass(&mut cluster, 14_000);
        assert_eq!(count(&cluster, "Pulling image \"nginx:1.161\""), 2);
        assert_eq!(count(&cluster, said), 1);
    }
}
