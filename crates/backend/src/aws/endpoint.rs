//! Where a service is.

use super::AwsOptions;

/// A service that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Objects in buckets.
    S3,
    /// Tables, for locks.
    DynamoDb,
    /// Temporary keys.
    Sts,
    /// Keys for those who have signed in.
    Sso,
}

impl Service {
    /// The name in signatures and host names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Service::S3 => "s3",
            Service::DynamoDb => "dynamodb",
            Service::Sts => "sts",
            Service::Sso => "portal.sso",
        }
    }
}

/// The beginnings of regions' names.
const AREAS: [&str; 11] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "eusc"];

/// Whether a region can be one.
pub(crate) fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        // Such as `us-gov-west-1`, `us-iso-east-1` and `eusc-de-east-1`.
        [area, middle @ .., number] => {
            (1..=2).contains(&middle.len())
                && AREAS.contains(area)
                && is_number(number)
                && middle.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_lowercase()))
                && middle.iter().all(|part| !part.is_empty())
        }
        _ => false,
    }
}

/// The end of host names in a region.
fn domain(region: &str, is_dual_stack: bool) -> &'static str {
    let is = |beginning: &str| region.starts_with(beginning);
    match () {
        () if is("cn-") && is_dual_stack => "api.amazonwebservices.com.cn",
        () if is("cn-") => "amazonaws.com.cn",
        () if is("us-iso-") => "c2s.ic.gov",
        () if is("us-isob-") => "sc2s.sgov.gov",
        () if is("us-isof-") => "csp.hci.ic.gov",
        () if is("eu-isoe-") => "cloud.adc-e.uk",
        () if is("eusc-") => "amazonaws.eu",
        () if is_dual_stack => "api.aws",
        () => "amazonaws.com",
    }
}

impl AwsOptions {
    /// The address of a service, without a slash at its end.
    pub(super) fn address(&self, service: Service, region: &str) -> String {
        if let Some(given) = self.given_address(service) {
            let given = given.trim_end_matches('/');
            return if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
        }
        let fips = if self.uses_fips { "-fips" } else { "" };
        let name = service.name();
        if service == Service::S3 && self.uses_dual_stack {
            // Its names of both kinds are older than those of the others.
            let domain = domain(region, false);
            return format!("https://{name}{fips}.dualstack.{region}.{domain}");
        }
        format!("https://{name}{fips}.{region}.{}", domain(region, self.uses_dual_stack))
    }

    fn given_address(&self, service: Service) -> Option<&str> {
        if let Some(given) = self.endpoints.get(&service).filter(|given| !given.is_empty()) {
            return Some(given);
        }
        let (own, older) = match service {
            Service::S3 => ("AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"),
            Service::DynamoDb => ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_DYNAMODB_ENDPOINT"),
            Service::Sts => ("AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT"),
            Service::Sso => ("AWS_ENDPOINT_URL_SSO", "AWS_SSO_ENDPOINT"),
        };
        let variables = [own, older, "AWS_ENDPOINT_URL"];
        variables.into_iter().find_map(|name| self.variable(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{AwsOptions, Service, is_region};

    #[test]
    fn regions_are_known_by_their_form() {
        for name in
            ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1", "ap-southeast-10", "us-iso-east-1"]
        {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "moon-1", "us-east", "us-east-x", "us--1", "US-EAST-1", "us-a-b-c-1", "moon-east-1"]
        {
            assert!(!is_region(name), "{name}");
        }
    }

    #[test]
    fn services_have_addresses() {
        let mut options = AwsOptions::default();
        assert_eq!(options.address(Service::S3, "eu-west-1"), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(
            options.address(Service::DynamoDb, "cn-north-1"),
            "https://dynamodb.cn-north-1.amazonaws.com.cn"
        );
        options.uses_dual_stack = true;
        assert_eq!(options.address(Service::S3, "eu-west-1"), "https://s3.dualstack.eu-west-1.amazonaws.com");
        options.environment.insert("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1/".to_owned());
        assert_eq!(options.address(Service::Sts, "eu-west-1"), "http://127.0.0.1:1");
        options.endpoints.insert(Service::S3, "here".to_owned());
        assert_eq!(options.address(Service::S3, "eu-west-1"), "https://here");
    }
}
