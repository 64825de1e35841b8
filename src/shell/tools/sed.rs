use super::{Call, Outcome};
/// `sed`
pub fn sed(call: &mut Call) -> Outcome {
    call.fail("to come", 1)
}
