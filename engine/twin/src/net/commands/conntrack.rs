//! `conntrack`: the connections a namespace remembers.

use super::{Call, Output};
use crate::net::filter::Flow;
use crate::net::network::Network;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let value = |names: &[&str]| {
        words
            .iter()
            .position(|word| names.contains(word))
            .and_then(|at| words.get(at + 1))
            .map(|word| (*word).to_owned())
    };
    let proto = value(&["-p", "--proto"]).map(|word| {
        if word == "tcp" {
            6
        } else if word == "udp" {
            17
        } else {
            1
        }
    });
    let (src, dst) = (value(&["-s", "--src", "--orig-src"]), value(&["-d", "--dst", "--orig-dst"]));
    let (from, to) = (value(&["--sport", "--orig-port-src"]), value(&["--dport", "--orig-port-dst"]));
    let fits = |flow: &Flow| {
        proto.is_none_or(|proto| proto == flow.orig.proto)
            && src.as_ref().is_none_or(|src| *src == flow.orig.src.to_string())
            && dst.as_ref().is_none_or(|dst| *dst == flow.orig.dst.to_string())
            && from.as_ref().is_none_or(|port| *port == flow.orig.from.to_string())
            && to.as_ref().is_none_or(|port| *port == flow.orig.to.to_string())
    };
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let all: Vec<Flow> =
        net.space(id).flows.iter().filter(|flow| flow.confirmed && flow.until > call.now).cloned().collect();
    let picked: Vec<&Flow> = all.iter().filter(|flow| fits(flow)).collect();
    let count = picked.len();
    let lines: String = picked.iter().map(|flow| line(flow, call.now)).collect();
    let told = |word: &str| format!("conntrack v1.4.7 (conntrack-tools): {count} flow entries have been {word}.\n");
    if has(&["-F", "--flush"]) {
        net.space_mut(id).flows.clear();
        let stderr = "conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.\n".to_owned();
        return Output { stderr, ..Output::default() };
    }
    if has(&["-C", "--count"]) {
        return Output::done(format!("{}\n", all.len()));
    }
    if has(&["-D", "--delete"]) {
        net.space_mut(id).flows.retain(|flow| !fits(flow));
        return Output { stdout: lines, stderr: told("deleted"), code: i32::from(count == 0) };
    }
    Output { stdout: lines, stderr: told("shown"), code: 0 }
}

fn line(flow: &Flow, now: i64) -> String {
    let left = (flow.until - now) / 1000;
    let head = match flow.orig.proto {
        6 => format!("tcp      6 {left} {} ", if flow.answered { "TIME_WAIT" } else { "SYN_SENT" }),
        17 => format!("udp      17 {left} "),
        _ => format!("icmp     1 {left} "),
    };
    let side = |t: &crate::net::filter::Tuple| match t.proto {
        1 => format!("src={} dst={} type=8 code=0 id={} ", t.src, t.dst, t.from),
        _ => format!("src={} dst={} sport={} dport={} ", t.src, t.dst, t.from, t.to),
    };
    let lonely = if flow.answered { "" } else { "[UNREPLIED] " };
    let assured = if flow.answered && flow.orig.proto == 6 { "[ASSURED] " } else { "" };
    format!("{head}{}{lonely}{}{assured}mark={} use=1\n", side(&flow.orig), side(&flow.reply), flow.mark)
}
