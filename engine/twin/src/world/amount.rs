//! Amounts such as `500m` and `1Gi`, and what a pod asks of its node.

use super::Object;
use crate::json::Value;

/// An amount in thousandths: `1500m` and `1.5` are 1500, `1Ki` is 1,024,000. What cannot be read is nothing.
pub(crate) fn thousandths(value: &Value) -> i128 {
    if let Some(number) = value.as_i64() {
        return i128::from(number) * 1000;
    }
    if let Some(number) = value.as_f64() {
        return decimal(&number.to_string()).unwrap_or(0);
    }
    let text = value.as_str().unwrap_or_default().trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-' || c == '+')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = decimal(number).unwrap_or(0);
    let factor: i128 = match unit {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "P" => 1_000_000_000_000_000,
        "E" => 1_000_000_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        "Ei" => 1 << 60,
        "m" => return (number + 999).div_euclid(1000),
        "u" => return (number + 999_999).div_euclid(1_000_000),
        "n" => return (number + 999_999_999).div_euclid(1_000_000_000),
        _ => {
            match unit.strip_prefix(['e', 'E']).and_then(|power| power.parse::<u32>().ok()).filter(|power| *power < 19)
            {
                Some(power) => 10_i128.pow(power),
                None => return 0,
            }
        }
    };
    number.saturating_mul(factor)
}

/// A decimal number in thousandths, rounded up.
fn decimal(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim_start_matches('+')),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut fraction: i128 = 0;
    for place in 0..3 {
        let digit = part.as_bytes().get(place).copied().unwrap_or(b'0');
        fraction = fraction * 10 + i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    if part.bytes().skip(3).any(|digit| digit != b'0') {
        fraction += 1;
    }
    Some(sign * (whole.checked_mul(1000)?.checked_add(fraction)?))
}

/// What pods ask of a node, or what a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Thousandths of a processor.
    pub(crate) cpu: i64,
    /// Bytes.
    pub(crate) memory: i64,
    /// Pods.
    pub(crate) pods: i64,
}

impl Load {
    /// What a pod asks for: its containers together, or its largest init container if that is more.
    pub(crate) fn of_pod(pod: &Object) -> Self {
        let asked = |container: &Value| {
            let requests = &container["resources"]["requests"];
            (whole(thousandths(&requests["cpu"])), whole(thousandths(&requests["memory"]) / 1000))
        };
        let each = |field: &str| pod["spec"][field].as_array().map(Vec::as_slice).unwrap_or_default();
        let (mut cpu, mut memory) = (0, 0);
        for (more, bytes) in each("containers").iter().map(asked) {
            (cpu, memory) = (cpu + more, memory + bytes);
        }
        let (mut beside, mut most) = ((0, 0), (0, 0));
        for container in each("initContainers") {
            let (more, bytes) = asked(container);
            if container["restartPolicy"] == "Always" {
                beside = (beside.0 + more, beside.1 + bytes);
                most = (most.0.max(beside.0), most.1.max(beside.1));
            } else {
                most = (most.0.max(beside.0 + more), most.1.max(beside.1 + bytes));
            }
        }
        let overhead = &pod["spec"]["overhead"];
        let cpu = (cpu + beside.0).max(most.0) + whole(thousandths(&overhead["cpu"]));
        let memory = (memory + beside.1).max(most.1) + whole(thousandths(&overhead["memory"]) / 1000);
        Self { cpu, memory, pods: 1 }
    }

    /// What a node has for pods.
    pub(crate) fn of_node(node: &Object) -> Self {
        let has = &node["status"]["allocatable"];
        Self {
            cpu: whole(thousandths(&has["cpu"])),
            memory: whole(thousandths(&has["memory"]) / 1000),
            pods: whole(thousandths(&has["pods"]) / 1000),
        }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory + other.memory, pods: self.pods + other.pods }
    }

    /// The one without the other.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self { cpu: self.cpu - other.cpu, memory: self.memory - other.memory, pods: self.pods - other.pods }
    }
}

fn whole(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn amounts_are_read_as_the_server_reads_them() {
        for (text, is) in [("1500m", 1500), ("1.5", 1500), ("1Ki", 1_024_000), ("2e3", 2_000_000), ("1u", 1), ("x", 0)]
        {
            assert_eq!(thousandths(&json!(text)), is, "{text}");
        }
        assert_eq!(thousandths(&json!(2)), 2000);
    }

    #[test]
    fn a_pod_asks_for_its_containers_or_its_largest_init_container() {
        let asks = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu, "memory": "1Ki"}}});
        let pod = json!({"spec": {"containers": [asks("100m"), asks("1")], "initContainers": [asks("2")]}});
        assert_eq!(Load::of_pod(&Object::new(pod)), Load { cpu: 2000, memory: 2048, pods: 1 });
    }
}
