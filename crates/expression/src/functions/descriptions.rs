//! What the functions do, in a sentence each, for people who look them up.

/// What a function does; `None` where there is no such function.
pub(super) fn of_function(name: &str) -> Option<&'static str> {
    let at = FUNCTIONS.binary_search_by_key(&name, |(name, _)| name).ok()?;
    Some(FUNCTIONS[at].1)
}

/// What a parameter is for, where its name does not say it.
pub(super) fn of_parameter(function: &str, parameter: &str) -> Option<&'static str> {
    let found = PARAMETERS.iter().find(|(of, name, _)| *of == function && *name == parameter);
    found.map(|(_, _, text)| *text)
}

/// Functions that are no part of the language: two that only say what replaced them, and one that
/// the console alone has.
#[cfg(test)]
pub(super) const UNDESCRIBED: [&str; 3] = ["list", "map", "type"];

/// By name, sorted.
const FUNCTIONS: &[(&str, &str)] = &[
    ("abs", "Takes the sign off a number."),
    ("abspath", "Makes a path absolute: a relative one is taken from the working directory."),
    ("alltrue", "Whether every element of a list is true; an empty list counts as true."),
    ("anytrue", "Whether at least one element of a list is true; an empty list counts as false."),
    ("base64decode", "Decodes Base64 into the UTF-8 text that it stands for."),
    ("base64encode", "Encodes the UTF-8 bytes of a text in Base64."),
    ("base64gunzip", "Decodes Base64 and unpacks the text that gzip packed."),
    ("base64gzip", "Compresses a text with gzip and encodes the result in Base64."),
    ("base64sha256", "The SHA-256 hash of a text, in Base64."),
    ("base64sha512", "The SHA-512 hash of a text, in Base64."),
    ("basename", "The last part of a path."),
    ("bcrypt", "Hashes a text with bcrypt, with a new salt each time."),
    ("can", "Whether an expression can be evaluated without an error."),
    ("ceil", "Rounds a number up to a whole one."),
    ("chomp", "Takes line breaks off the end of a text."),
    ("chunklist", "Cuts a list into lists of a given length; the last one may be shorter."),
    ("cidrcontains", "Whether an address, or a whole range of addresses, belongs to a range."),
    ("cidrhost", "The address of a host in a network, by its number there."),
    ("cidrnetmask", "The netmask of an IPv4 prefix, in dotted notation."),
    ("cidrsubnet", "The prefix of a subnet, by its number within a larger network."),
    ("cidrsubnets", "Prefixes of subnets of various sizes, one after the other in a larger network."),
    ("coalesce", "The first argument that is neither null nor an empty text."),
    ("coalescelist", "The first argument that is not an empty list."),
    ("compact", "A list without its elements that are null or empty texts."),
    ("concat", "Joins lists into one."),
    ("contains", "Whether a value is among the elements of a collection."),
    (
        "csvdecode",
        "Reads comma-separated values, whose first line names the columns, into a list of objects.",
    ),
    ("dirname", "A path without its last part."),
    ("distinct", "A list in which each value occurs once, where it occurred first."),
    (
        "element",
        "The element of a list at a position; positions beyond the end start again at the beginning.",
    ),
    ("endswith", "Whether a text ends with another one."),
    ("ephemeralasnull", "Puts null in the place of everything in a value that is ephemeral."),
    ("file", "The content of a file as text."),
    ("filebase64", "The content of a file in Base64."),
    ("filebase64sha256", "The SHA-256 hash of a file, in Base64."),
    ("filebase64sha512", "The SHA-512 hash of a file, in Base64."),
    ("fileexists", "Whether there is a file at a path."),
    ("filemd5", "The MD5 hash of a file, in hexadecimal digits."),
    ("fileset", "The files below a directory whose paths match a pattern."),
    ("filesha1", "The SHA-1 hash of a file, in hexadecimal digits."),
    ("filesha256", "The SHA-256 hash of a file, in hexadecimal digits."),
    ("filesha512", "The SHA-512 hash of a file, in hexadecimal digits."),
    ("flatten", "Puts the elements of lists within a list in the place of those lists."),
    ("floor", "Rounds a number down to a whole one."),
    ("format", "Fills values into a text with verbs such as `%s` and `%03d`."),
    ("formatdate", "Writes a time in another form, with a pattern such as `DD MMM YYYY`."),
    ("formatlist", "Fills values into a text, once for each element of the lists among them."),
    ("indent", "Puts spaces before every line of a text but the first."),
    ("index", "The position of a value in a list, counted from zero."),
    ("issensitive", "Whether a value is marked as sensitive."),
    ("join", "Joins the texts of lists into one, with a separator in between."),
    ("jsondecode", "Reads JSON into the value that it describes."),
    ("jsonencode", "Writes a value as JSON."),
    ("keys", "The keys of a map or object, sorted."),
    ("length", "How many elements a collection has, or characters a text."),
    ("log", "The logarithm of a number, to a base."),
    ("lookup", "The element of a map with a key, or a default where there is none."),
    ("lower", "A text in lower case."),
    ("matchkeys", "The elements of one list at whose positions another list has one of the values wanted."),
    ("max", "The largest of numbers."),
    ("md5", "The MD5 hash of a text, in hexadecimal digits."),
    ("merge", "Puts maps or objects together; where keys collide the last one wins."),
    ("min", "The smallest of numbers."),
    ("nonsensitive", "Takes the mark off a sensitive value, so that it is shown."),
    ("one", "The only element of a collection, or null where it is empty."),
    ("parseint", "Reads a whole number that is written in a base from 2 to 62."),
    ("pathexpand", "Puts the home directory in the place of a `~` at the beginning of a path."),
    ("plantimestamp", "The time at which the plan was made, as RFC 3339 writes it."),
    ("pow", "Raises a number to a power."),
    ("range", "Numbers from a start up to a limit, in steps."),
    ("regex", "The first match of a regular expression in a text, or its groups where it has some."),
    ("regexall", "All matches of a regular expression in a text."),
    (
        "replace",
        "Replaces every occurrence of a text in another one; between slashes it is a regular expression.",
    ),
    ("reverse", "A list from its last element to its first."),
    ("rsadecrypt", "Decrypts what was encrypted with RSA and encoded in Base64."),
    ("sensitive", "Marks a value as sensitive, so that it is not shown."),
    ("setintersection", "The elements that are in every one of several sets."),
    ("setproduct", "All combinations of one element of each of several collections."),
    ("setsubtract", "The elements of a set that are not in another one."),
    ("setunion", "The elements that are in any of several sets."),
    ("sha1", "The SHA-1 hash of a text, in hexadecimal digits."),
    ("sha256", "The SHA-256 hash of a text, in hexadecimal digits."),
    ("sha512", "The SHA-512 hash of a text, in hexadecimal digits."),
    ("signum", "The sign of a number: -1, 0 or 1."),
    ("slice", "The elements of a list from one position up to, but without, another."),
    ("sort", "A list of texts in order."),
    ("split", "Cuts a text wherever a separator occurs."),
    ("startswith", "Whether a text starts with another one."),
    ("strcontains", "Whether a text occurs in another one."),
    ("strrev", "A text from its last character to its first."),
    ("substr", "A part of a text, by its position and length."),
    ("sum", "The sum of the numbers of a list or set."),
    ("templatefile", "Reads a file as a template and fills in values."),
    ("templatestring", "Takes a text from elsewhere as a template and fills in values."),
    ("textdecodebase64", "Decodes Base64 into text, from a character encoding that is named."),
    ("textencodebase64", "Encodes a text in Base64, in a character encoding that is named."),
    ("timeadd", "A time moved by a duration such as `90m` or `-24h`."),
    ("timecmp", "Compares two times: -1, 0 or 1 where the first is earlier, the same or later."),
    ("timestamp", "The time now, as RFC 3339 writes it; it is known only while applying."),
    ("title", "A text with the first letter of each word in upper case."),
    ("tobool", "Converts a value to true or false."),
    ("tolist", "Converts a value to a list."),
    ("tomap", "Converts a value to a map."),
    ("tonumber", "Converts a value to a number."),
    ("toset", "Converts a value to a set: without repetitions and order."),
    ("tostring", "Converts a value to a text."),
    ("transpose", "Turns a map of lists of texts around: the texts become keys, and the keys elements."),
    ("trim", "Takes characters of a set off both ends of a text."),
    ("trimprefix", "Takes a prefix off a text that starts with it."),
    ("trimspace", "Takes white space off both ends of a text."),
    ("trimsuffix", "Takes a suffix off a text that ends with it."),
    ("try", "The value of the first of several expressions that can be evaluated without an error."),
    ("upper", "A text in upper case."),
    ("urldecode", "Reads a text that was escaped for the query of a URL."),
    ("urlencode", "Escapes a text for the query of a URL."),
    ("uuid", "A new random UUID each time; it is known only while applying."),
    ("uuidv5", "The UUID that belongs to a name in a namespace."),
    ("values", "The values of a map or object, in the order of their keys."),
    ("yamldecode", "Reads YAML into the value that it describes."),
    ("yamlencode", "Writes a value as YAML."),
    ("zipmap", "A map of keys from one list and values from another."),
];

/// By function and parameter.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("bcrypt", "cost", "How expensive the hash is to compute; 10 where it is left out."),
    ("chunklist", "size", "How many elements each list has; with zero there is one list with all of them."),
    ("cidrcontains", "containing_prefix", "The network, in CIDR notation."),
    ("cidrcontains", "contained_ip_or_prefix", "An address, or a network in CIDR notation."),
    ("cidrhost", "prefix", "The network, in CIDR notation."),
    ("cidrhost", "hostnum", "The number of the host; negative ones count from the end."),
    ("cidrnetmask", "prefix", "The network, in CIDR notation."),
    ("cidrsubnet", "prefix", "The network, in CIDR notation."),
    ("cidrsubnet", "newbits", "By how many bits the prefix gets longer."),
    ("cidrsubnet", "netnum", "The number of the subnet, in that many bits."),
    ("cidrsubnets", "prefix", "The network, in CIDR notation."),
    ("coalescelist", "vals", "Lists or tuples, in the order of preference."),
    ("indent", "spaces", "How many spaces each line gets."),
    ("join", "separator", "What stands between the texts."),
    ("join", "lists", "Lists of texts, one after the other."),
    ("keys", "inputMap", "A map or an object."),
    ("setproduct", "sets", "Sets, lists or tuples; without sets among them the result is in order."),
    ("templatestring", "template", "A reference to where the template comes from, not a text in quotes."),
    ("templatestring", "vars", "The values that the template refers to, by name."),
    ("trim", "cutset", "The characters to take off, in any order."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::function_names;

    #[test]
    fn every_function_is_described_once() {
        assert!(FUNCTIONS.is_sorted_by(|(a, _), (b, _)| a < b));
        for name in function_names() {
            assert_ne!(UNDESCRIBED.contains(&name), of_function(name).is_some(), "{name}");
        }
        for (name, text) in FUNCTIONS {
            assert!(function_names().contains(name), "{name}");
            assert!(text.ends_with('.'), "{name}");
        }
    }
}
