//! The orders of lists of the state, plans and state files, as Terraform writes them.

use crate::{AbsResource, AbsResourceInstance};

/// As `terraform state list` and the changes of a plan have them.
const LISTED: &str = r#"
data.terraform_remote_state.zz
terraform_data.M
terraform_data.a-b
terraform_data.a_b
terraform_data.fe["$"]
terraform_data.fe["$$"]
terraform_data.fe["$${x}"]
terraform_data.fe["%%{q}"]
terraform_data.fe["-"]
terraform_data.fe["10"]
terraform_data.fe["9"]
terraform_data.fe["<&>"]
terraform_data.fe["B"]
terraform_data.fe["a"]
terraform_data.fe["a\nb"]
terraform_data.fe["a\"b"]
terraform_data.fe["a/b"]
terraform_data.fe["a\\b"]
terraform_data.fe["b"]
terraform_data.fe["tab\there"]
terraform_data.fe["x.y"]
terraform_data.fe["z\u0007q"]
terraform_data.fe["é"]
terraform_data.fe["\u2028"]
terraform_data.fe["\ufeff|"]
terraform_data.fe["😀"]
terraform_data.fe["\U000e0001|"]
terraform_data.m_z
terraform_data.n[0]
terraform_data.n[1]
terraform_data.n[9]
terraform_data.n[10]
terraform_data.n[11]
module.a[0].data.terraform_remote_state.zz
module.a[0].terraform_data.x[0]
module.a[0].terraform_data.x[1]
module.a[9].terraform_data.x[0]
module.a[10].terraform_data.x[0]
module.fe["a"].terraform_data.x[0]
module.fe["a.c"].terraform_data.x[0]
module.fe["b"].terraform_data.x[0]
module.z.terraform_data.x[0]
module.a[0].module.a.terraform_data.y
module.a[0].module.b.terraform_data.y
module.a[2].module.a.terraform_data.y
module.a[10].module.a.terraform_data.y
module.z.module.b.terraform_data.y
"#;

/// As the resources of a state file are ordered.
const IN_STATE_FILE: &str = r#"
data.terraform_remote_state.zz
terraform_data.M
terraform_data.n
module.a[0].data.terraform_remote_state.zz
module.a[0].terraform_data.x
module.a[0].module.a.terraform_data.y
module.a[0].module.b.terraform_data.y
module.a[10].terraform_data.x
module.a[10].module.a.terraform_data.y
module.a[1].terraform_data.x
module.a[2].terraform_data.x
module.fe["a"].terraform_data.x
module.fe["a"].module.a.terraform_data.y
module.fe["a.c"].terraform_data.x
module.z.terraform_data.x
module.z.module.a.terraform_data.y
"#;

#[test]
fn lists() {
    let expected: Vec<&str> = LISTED.trim().lines().collect();
    let mut addresses: Vec<_> =
        expected.iter().rev().map(|line| AbsResourceInstance::parse(line).unwrap()).collect();
    addresses.sort();
    let sorted: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    assert_eq!(sorted, expected);
}

#[test]
fn state_files() {
    let expected: Vec<&str> = IN_STATE_FILE.trim().lines().collect();
    let mut resources: Vec<_> = expected.iter().rev().map(|line| AbsResource::parse(line).unwrap()).collect();
    let mut by_key = resources.clone();
    resources.sort_by(AbsResource::state_file_order);
    by_key.sort_by_cached_key(AbsResource::state_file_key);
    assert_eq!(resources, by_key);
    let sorted: Vec<String> = resources.iter().map(ToString::to_string).collect();
    assert_eq!(sorted, expected);
}
