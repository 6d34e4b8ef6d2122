//! Profiles: the sections of `~/.databrickscfg`.

use std::collections::BTreeMap;

use configparser::ini::Ini;

use super::error::ClientError;

/// The section that is meant when no profile is named.
pub(crate) const DEFAULT: &str = "DEFAULT";
/// A section of the command line tool's own, which is no profile.
const SETTINGS: &str = "__settings__";

/// A profile file that was read.
#[derive(Clone, Debug)]
pub struct ProfileFile {
    /// Where it is, for messages.
    pub path: String,
    /// What it says.
    pub text: super::Secret,
}

/// The keys of a profile. `None`: no profile was named and there is no default one.
///
/// A named profile stands alone: `[DEFAULT]` is not merged into it, as in Databricks' own clients.
pub(crate) fn read(file: &ProfileFile, named: Option<&str>) -> Result<Option<BTreeMap<String, String>>, ClientError> {
    // Case matters, or two profiles melt into one; and `#` and `;` may be part of a secret.
    let mut ini = Ini::new_cs();
    ini.set_inline_comment_symbols(Some(&[]));
    ini.set_default_section("\0none");
    let unreadable = |reason: String| ClientError::ProfileFile { path: file.path.clone(), reason };
    // The reader's messages may quote the line, and the line may hold a secret.
    let all = ini.read(file.text.expose().to_owned());
    let all =
        all.map_err(|_| unreadable("a line is neither a section, a key with a value nor a comment".to_owned()))?;
    let name = named.unwrap_or(DEFAULT);
    let found = (name != SETTINGS).then(|| all.get(name)).flatten();
    let Some(section) = found else {
        if named.is_none() {
            return Ok(None);
        }
        let mut known: Vec<String> = all.into_keys().filter(|it| it != SETTINGS && !it.starts_with('\0')).collect();
        known.sort_unstable();
        return Err(ClientError::NoSuchProfile { profile: name.to_owned(), path: file.path.clone(), known });
    };
    let keys = section.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
    Ok(Some(keys.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Secret;

    const TEXT: &str = "\
; a comment
[DEFAULT]
host = https://default.example
token = of-default

[Prod]
host = https://prod.example
client_secret = a#b;c

[prod]
host = https://other.example

[__settings__]
default_profile = Prod
";

    fn read(named: Option<&str>) -> Result<Option<BTreeMap<String, String>>, ClientError> {
        super::read(&ProfileFile { path: "cfg".into(), text: Secret::new(TEXT) }, named)
    }

    #[test]
    fn profiles_that_differ_in_case_stay_apart_and_secrets_keep_their_signs() {
        let prod = read(Some("Prod")).unwrap().unwrap();
        assert_eq!(prod["client_secret"], "a#b;c");
        assert_eq!(read(Some("prod")).unwrap().unwrap()["host"], "https://other.example");
    }

    #[test]
    fn the_default_section_is_for_no_name_and_is_not_merged() {
        assert_eq!(read(None).unwrap().unwrap()["token"], "of-default");
        assert!(!read(Some("Prod")).unwrap().unwrap().contains_key("token"));
    }

    #[test]
    fn a_profile_that_is_not_there_is_answered_with_those_that_are() {
        for name in ["nobody", "__settings__"] {
            let said = read(Some(name)).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains("DEFAULT, Prod, prod"), "{said}");
            assert!(!said.contains("of-default"), "{said}");
        }
    }
}
