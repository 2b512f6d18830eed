//! How the answers are shown: a table for people, and JSON.

use super::Connectivity;
use crate::json::{Value, json};
use std::collections::BTreeMap;

impl Connectivity {
    /// As JSON: the ends, and for every pair whether it is reached, the source seen, and the reason for a "no".
    #[must_use]
    pub fn json(&self) -> Value {
        let ends = |list: &[super::End]| -> Vec<Value> {
            list.iter()
                .map(|end| json!({"name": end.id, "address": end.address.to_string(), "stands_for": end.count}))
                .collect()
        };
        let pairs: Vec<Value> = self
            .pairs()
            .map(|(from, to, cell)| {
                let mut pair = json!({"from": from, "to": to, "reached": cell.reached});
                if let Some(seen) = cell.seen {
                    pair["seen_as"] = seen.to_string().into();
                }
                if let Some((place, said)) = &cell.why {
                    pair["why"] = json!({"place": place, "said": said});
                }
                pair
            })
            .collect();
        json!({"from": ends(&self.from), "to": ends(&self.to), "pairs": pairs})
    }

    /// For people: one line for each end with what it reaches, then every "no" by its reason.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for from in &self.from {
            let row: Vec<bool> =
                self.to.iter().filter_map(|to| self.cell(&from.id, &to.id)).map(|it| it.reached).collect();
            let reached = row.iter().filter(|reached| **reached).count();
            let many = if from.count > 1 { format!(" (and {} like it)", from.count - 1) } else { String::new() };
            text.push_str(&format!("{}{many}: reaches {reached} of {}\n", from.id, row.len()));
        }
        let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for (from, to, cell) in self.noes() {
            let (place, said) = cell.why.as_ref().map_or(("", ""), |(place, said)| (place.as_str(), said.as_str()));
            reasons.entry((place, said)).or_default().push(format!("{from} -> {to}"));
        }
        for ((place, said), pairs) in reasons {
            text.push_str(&format!("\nno, at {place}: {said}\n"));
            pairs.iter().take(10).for_each(|pair| text.push_str(&format!("    {pair}\n")));
            if pairs.len() > 10 {
                text.push_str(&format!("    and {} more\n", pairs.len() - 10));
            }
        }
        text
    }
}
