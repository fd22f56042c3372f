//! What only OpenSSH's own program does.

use super::told::Told;

/// Options that change who is let in or who is reached, so that leaving them out would be wrong.
const DEMANDED: [(&str, &str); 6] = [
    ("pkcs11provider", "keys of a PKCS#11 device (PKCS11Provider)"),
    ("knownhostscommand", "a command that knows hosts (KnownHostsCommand)"),
    ("revokedhostkeys", "a list of revoked host keys (RevokedHostKeys)"),
    ("bindaddress", "an address to connect from (BindAddress)"),
    ("bindinterface", "an interface to connect from (BindInterface)"),
    ("proxyusefdpass", "a proxy command that passes a descriptor (ProxyUseFdpass)"),
];

/// What a host's settings want of that.
pub(crate) fn unsupported(told: &Told) -> Vec<String> {
    let is_wanted = |option: &str| told.one(option).is_some() && !told.is_off(option);
    let demanded = DEMANDED.iter().filter(|(option, _)| is_wanted(option));
    demanded.map(|(_, what)| (*what).to_owned()).collect()
}

/// Ways to be let in that only the program has, and that a host may offer besides others.
pub(crate) fn other_ways(told: &Told) -> Vec<&'static str> {
    let mut ways = Vec::new();
    if told.is_on("gssapiauthentication") {
        ways.push("gssapi-with-mic");
    }
    if told.is_on("hostbasedauthentication") {
        ways.push("hostbased");
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_named() {
        let plain = "pkcs11provider none\nrevokedhostkeys none\nproxyusefdpass no\ngssapiauthentication no\n";
        assert_eq!(unsupported(&Told::parse(plain)), [""; 0]);
        assert_eq!(other_ways(&Told::parse(plain)), [""; 0]);
        let told =
            Told::parse("pkcs11provider /usr/lib/x.so\nproxyusefdpass yes\ngssapiauthentication yes\n");
        let what = unsupported(&told);
        assert!(what.len() == 2 && what[0].contains("PKCS11Provider"), "{what:?}");
        assert_eq!(other_ways(&told), ["gssapi-with-mic"]);
    }
}
