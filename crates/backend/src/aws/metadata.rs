//! Keys that the machine or the container is given by who runs it.

use std::time::Duration;

use super::credentials::parse;
use super::{AwsClient, AwsError, AwsOptions, Credentials};
use crate::web::{agent, read, trusting};

/// Who runs the machine answers at once, or is not there.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks the container's service, where there is one, and then the machine's.
pub(super) fn find(client: &AwsClient) -> Result<Credentials, AwsError> {
    let options = client.options();
    if let Some(address) = container_address(options) {
        let token = match options.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(file) => std::fs::read_to_string(file).ok().map(|token| token.trim().to_owned()),
            None => options.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
        };
        let header = token.map(|token| ("authorization", token));
        let answer = ask("GET", &address, header)
            .map_err(|cause| AwsError::credentials(format!("the container's service: {cause}")))?;
        return parse(&answer).ok_or_else(|| AwsError::credentials("the container's service has no keys"));
    }
    let is_disabled =
        options.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if options.skips_metadata || is_disabled {
        return Err(nowhere());
    }
    of_machine(options).ok_or_else(nowhere)
}

fn nowhere() -> AwsError {
    AwsError::credentials(
        "no keys were found: neither in the arguments access_key and secret_key, nor in AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, nor in the profile of the files ~/.aws/config and ~/.aws/credentials, nor with this \
         machine",
    )
}

fn container_address(options: &AwsOptions) -> Option<String> {
    let relative = options.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let relative = relative.map(|path| format!("http://169.254.170.2{path}"));
    relative.or_else(|| options.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned))
}

fn of_machine(options: &AwsOptions) -> Option<Credentials> {
    let given = Some(options.metadata_endpoint.as_str()).filter(|given| !given.is_empty());
    let given = given.or_else(|| options.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
    let mode = Some(options.metadata_mode.as_str()).filter(|mode| !mode.is_empty());
    let mode = mode.or_else(|| options.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
    let is_six = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let usual = if is_six { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    let server = given.unwrap_or(usual).trim_end_matches('/');
    let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned());
    let token = ask("PUT", &format!("{server}/latest/api/token"), Some(lifetime)).ok()?;
    let token = String::from_utf8(token).ok()?;
    let get = |path: &str| {
        let header = ("x-aws-ec2-metadata-token", token.clone());
        ask("GET", &format!("{server}/latest/meta-data/iam/security-credentials/{path}"), Some(header)).ok()
    };
    let role = String::from_utf8(get("")?).ok()?;
    parse(&get(role.lines().next()?.trim())?)
}

fn ask(method: &str, address: &str, header: Option<(&str, String)>) -> Result<Vec<u8>, String> {
    let mut request = ureq::http::Request::builder().method(method).uri(address);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let agent = agent(trusting(Vec::new(), true).build());
    let request = request.body(&[][..]).map_err(|error| error.to_string())?;
    let request = agent.configure_request(request).timeout_global(Some(TIMEOUT)).build();
    let answer = read(agent.run(request).map_err(|error| crate::web::explain(&error))?)?;
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("it answered with {}", answer.status)) }
}
