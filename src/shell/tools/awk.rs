use super::{Call, Outcome};
/// `awk`
pub fn awk(call: &mut Call) -> Outcome {
    call.fail("to come", 1)
}
