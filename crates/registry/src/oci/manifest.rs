//! Manifests: what an artifact is made of.

use serde::Deserialize;

use super::digest::OciDigest;

/// The type of manifests, and what is asked for.
pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// What a package of a module calls itself.
const ARTIFACT_TYPE: &str = "application/vnd.opentofu.modulepkg";

/// The one kind of archives.
const ARCHIVE_TYPE: &str = "archive/zip";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    digest: String,
    size: Option<u64>,
}

/// The archive of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ArchiveLayer {
    pub(super) digest: OciDigest,
    pub(super) size_bytes: u64,
}

/// The archive that a manifest names.
///
/// # Errors
/// Why there is none, as what the manifest does.
pub(super) fn archive_of(manifest: &[u8]) -> Result<ArchiveLayer, String> {
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| format!("is none that can be read: {error}"))?;
    match manifest.media_type.as_str() {
        MANIFEST_TYPE => {}
        INDEX_TYPE => return Err("is an index of several, and a package is one alone".to_owned()),
        other => return Err(format!("has the type {other:?}, where {MANIFEST_TYPE:?} is needed")),
    }
    if manifest.artifact_type != ARTIFACT_TYPE {
        let found = manifest.artifact_type;
        return Err(format!(
            "is that of no package of a module: its artifactType is {found:?}, where {ARTIFACT_TYPE:?} is needed"
        ));
    }
    let mut archives = manifest.layers.iter().filter(|layer| layer.media_type == ARCHIVE_TYPE);
    match (archives.next(), archives.next()) {
        (Some(only), None) => read_layer(only),
        (None, _) => Err(format!("names no archive: none of its layers is of the type {ARCHIVE_TYPE:?}")),
        (Some(_), Some(_)) => {
            Err(format!("names several archives: more than one layer is of the type {ARCHIVE_TYPE:?}"))
        }
    }
}

fn read_layer(layer: &Layer) -> Result<ArchiveLayer, String> {
    let digest = OciDigest::parse(&layer.digest).map_err(|reason| format!("is wrong: {reason}"))?;
    let size_bytes = layer.size.ok_or("does not say how large the archive is")?;
    Ok(ArchiveLayer { digest, size_bytes })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn layer() -> Value {
        json!({ "mediaType": ARCHIVE_TYPE, "digest": format!("sha256:{}", "0".repeat(64)), "size": 7 })
    }

    fn manifest(layers: &[Value]) -> Value {
        json!({ "mediaType": MANIFEST_TYPE, "artifactType": ARTIFACT_TYPE, "layers": layers })
    }

    #[test]
    fn the_archive_is_found_among_other_layers() {
        let other = json!({ "mediaType": "archive/tar", "digest": "odd" });
        let found = archive_of(manifest(&[other, layer()]).to_string().as_bytes()).expect("has one");
        assert_eq!(found.size_bytes, 7);
    }

    #[test]
    fn manifests_of_other_things_are_refused() {
        let mut index = manifest(&[]);
        index["mediaType"] = INDEX_TYPE.into();
        let mut image = manifest(&[layer()]);
        image["artifactType"] = Value::Null;
        let mut artifact = manifest(&[layer()]);
        artifact["artifactType"] = "x/y".into();
        let mut docker = manifest(&[layer()]);
        docker["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json".into();
        let (mut short, mut vague) = (layer(), layer());
        short["digest"] = "sha256:00".into();
        vague.as_object_mut().expect("is one").remove("size");
        for (manifest, expected) in [
            (index, "an index of several"),
            (image, "is none that can be read"),
            (artifact, "its artifactType is \"x/y\""),
            (docker, "has the type"),
            (manifest(&[]), "names no archive"),
            (manifest(&[layer(), layer()]), "names several archives"),
            (manifest(&[short]), "is no digest"),
            (manifest(&[vague]), "how large"),
            (json!("x"), "is none that can be read"),
        ] {
            let reason = archive_of(manifest.to_string().as_bytes()).expect_err("is refused");
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
