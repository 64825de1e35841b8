//! stub
use super::Playground;
use super::view::{PinView, ProxyLine, RequestView};
use crate::api::Value;
use std::rc::Rc;
impl Playground {
    /// x
    pub fn requests_since(&self, _id: u64) -> Vec<RequestView> {
        vec![]
    }
    /// x
    pub fn requests_sent(&self) -> u64 {
        0
    }
    /// x
    pub fn request(&self, _id: u64) -> Option<RequestView> {
        None
    }
    pub(super) fn send_one(&mut self) {}
    pub(super) fn count(&mut self) {}
    pub(super) fn pins(&self) -> Vec<PinView> {
        vec![]
    }
    pub(super) fn listening(&self, _p: &Rc<Value>) -> Vec<u16> {
        vec![]
    }
    /// x
    pub fn proxies(&self, _f: &str, _r: Option<&RequestView>, _h: Option<usize>) -> Vec<Vec<ProxyLine>> {
        vec![]
    }
    /// x
    pub fn iptables(&self, _n: &str, _t: &str) -> String {
        String::new()
    }
}
impl Playground {
    fn x(&self) {}
    pub(super) fn conntrack_rows(&self) -> Vec<super::view::Row> {
        self.x();
        vec![]
    }
    pub(super) fn dns_rows(&self) -> Vec<super::view::Row> {
        vec![]
    }
}
