//! Who am I: <https://docs.databricks.com/api/workspace/currentuser/me>. SCIM, so in camel case.

use serde_json::{Value, json};

use super::auth::CLIENT_ID;
use super::call::{Call, Principal};
use super::errors::Refusal;
use super::routes::{ONLY_2_0, Route};

pub(super) const ROUTES: &[Route] = &[Route::get("preview/scim/v2/Me", ONLY_2_0, me)];

fn me(call: &Call<'_>) -> Result<Value, Refusal> {
    let user = call.contents.user.as_str();
    let (schema, id, name, shown) = match call.principal {
        Principal::User => ("urn:ietf:params:scim:schemas:core:2.0:User", "4567", user, "Ruth Nilsson"),
        Principal::Service => {
            ("urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal", "8910", CLIENT_ID, "clusteriq-reader")
        }
    };
    let emails = match call.principal {
        Principal::User => json!([{"type": "work", "value": user, "primary": true}]),
        Principal::Service => Value::Null,
    };
    Ok(json!({
        "schemas": [schema],
        "id": id,
        // A service principal is called by its application id.
        "userName": name,
        "displayName": shown,
        "active": true,
        "emails": emails,
        "groups": [{"display": "admins", "type": "direct", "value": "1", "$ref": "Groups/1"}],
        "entitlements": [{"value": "workspace-access"}, {"value": "databricks-sql-access"}],
    }))
}
