//! Which options the modules of rules know, and which they cannot be without.

/// The options of each module.
pub(super) const OPTIONS: &[(&str, &[&str])] = &[
    ("tcp", &["--sport", "--source-port", "--dport", "--destination-port", "--syn", "--tcp-flags"]),
    ("udp", &["--sport", "--source-port", "--dport", "--destination-port"]),
    ("sctp", &["--sport", "--source-port", "--dport", "--destination-port"]),
    ("icmp", &["--icmp-type"]),
    ("multiport", &["--dports", "--destination-ports", "--sports", "--source-ports", "--ports"]),
    (
        "conntrack",
        &[
            "--ctstate",
            "--ctproto",
            "--ctorigsrc",
            "--ctorigdst",
            "--ctreplsrc",
            "--ctrepldst",
            "--ctorigsrcport",
            "--ctorigdstport",
            "--ctreplsrcport",
            "--ctrepldstport",
            "--ctstatus",
            "--ctexpire",
            "--ctdir",
        ],
    ),
    ("state", &["--state"]),
    ("mark", &["--mark"]),
    ("connmark", &["--mark"]),
    ("comment", &["--comment"]),
    ("addrtype", &["--src-type", "--dst-type", "--limit-iface-in", "--limit-iface-out"]),
    ("set", &["--match-set"]),
    ("physdev", &["--physdev-in", "--physdev-out", "--physdev-is-in", "--physdev-is-out", "--physdev-is-bridged"]),
    ("statistic", &["--mode", "--probability", "--every", "--packet"]),
    ("rpfilter", &["--loose", "--validmark", "--accept-local", "--invert"]),
    ("iprange", &["--src-range", "--dst-range"]),
    ("ttl", &["--ttl-eq", "--ttl-lt", "--ttl-gt"]),
    ("length", &["--length"]),
];

/// What a module says when none of its options was given; a line with nothing follows those that end with one.
const MISSING: &[(&str, &str)] = &[
    ("icmp", "icmp: option \"--icmp-type\" must be specified\n"),
    ("multiport", "multiport expection an option"),
    ("conntrack", "conntrack: At least one option is required"),
    ("state", "state: option \"--state\" must be specified\n"),
    ("mark", "mark: option \"--mark\" must be specified\n"),
    ("connmark", "connmark: option \"--mark\" must be specified\n"),
    ("comment", "comment: option \"--comment\" must be specified\n"),
    ("addrtype", "addrtype: you must specify --src-type or --dst-type"),
    ("set", "You must specify `--match-set' with proper arguments"),
    ("physdev", "PHYSDEV: no physdev option specified"),
    ("statistic", "--probability must be specified when using random mode"),
    ("iprange", "iprange match: You must specify `--src-range' or `--dst-range'"),
    ("ttl", "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt"),
    ("length", "length: option \"--length\" must be specified\n"),
    ("mac", "mac: option \"--mac-source\" must be specified\n"),
    ("owner", "owner: At least one of --uid-owner, --gid-owner or --socket-exists is required"),
    ("recent", "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"),
    ("string", "string: option \"--algo\" must be specified\n"),
    ("hashlimit", "hashlimit: option \"--hashlimit-name\" must be specified\n"),
    ("dscp", "DSCP match: Parameter --dscp is required"),
];

pub(super) fn missing(module: &str) -> Option<&'static str> {
    MISSING.iter().find(|(name, _)| *name == module).map(|(_, said)| *said)
}

/// The module of a word and its whole option: those loaded are asked first and the youngest before the others, then
/// the one that the protocol brings with it.
pub(super) fn find(word: &str, loaded: &[String], proto: Option<u8>) -> Option<(&'static str, &'static str)> {
    let brought = match proto {
        Some(1) => "icmp",
        Some(6) => "tcp",
        Some(17) => "udp",
        Some(132) => "sctp",
        _ => "",
    };
    let asked = loaded.iter().rev().map(String::as_str).chain([brought]);
    let known: Vec<_> = asked.filter_map(|name| OPTIONS.iter().find(|(module, _)| *module == name)).collect();
    let all = || known.iter().flat_map(|(module, options)| options.iter().map(|option| (*module, *option)));
    all().find(|(_, option)| *option == word).or_else(|| {
        let mut begun = all().filter(|(_, option)| word.len() > 3 && option.starts_with(word));
        let first = begun.next()?;
        // A word that begins two options is none of them.
        begun.all(|(_, option)| option == first.1).then_some(first)
    })
}
