//! Values as one writes them.

/// JSON as it is written, with expressions where values are: `json!({"name": name, "ports": [80, port]})`.
#[macro_export]
macro_rules! __json {
    (null) => { $crate::json::Value::Null };
    ([]) => { $crate::json::Value::Array(Vec::new()) };
    ([ $($inside:tt)+ ]) => {{
        let mut list = $crate::json::list();
        $crate::json::json!(@list list $($inside)+);
        $crate::json::Value::Array(list)
    }};
    ({}) => { $crate::json::Value::Object($crate::json::Map::new()) };
    ({ $($inside:tt)+ }) => {{
        let mut fields = $crate::json::Map::new();
        $crate::json::json!(@fields fields $($inside)+);
        $crate::json::Value::Object(fields)
    }};

    (@list $list:ident) => {};
    (@list $list:ident null $(, $($rest:tt)*)?) => {
        $list.push($crate::json::Value::Null);
        $crate::json::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident [ $($inside:tt)* ] $(, $($rest:tt)*)?) => {
        $list.push($crate::json::json!([ $($inside)* ]));
        $crate::json::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident { $($inside:tt)* } $(, $($rest:tt)*)?) => {
        $list.push($crate::json::json!({ $($inside)* }));
        $crate::json::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident $value:expr $(, $($rest:tt)*)?) => {
        $list.push($crate::json::AsValue::as_value(&$value));
        $crate::json::json!(@list $list $($($rest)*)?);
    };

    (@fields $fields:ident) => {};
    (@fields $fields:ident $name:tt : null $(, $($rest:tt)*)?) => {
        drop($fields.insert($name, $crate::json::Value::Null));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt : [ $($inside:tt)* ] $(, $($rest:tt)*)?) => {
        drop($fields.insert($name, $crate::json::json!([ $($inside)* ])));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt : { $($inside:tt)* } $(, $($rest:tt)*)?) => {
        drop($fields.insert($name, $crate::json::json!({ $($inside)* })));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt : $value:expr $(, $($rest:tt)*)?) => {
        drop($fields.insert($name, $crate::json::AsValue::as_value(&$value)));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };

    ($value:expr) => { $crate::json::AsValue::as_value(&$value) };
}

pub use __json as json;

/// An empty list, for `json!`.
#[must_use]
pub const fn list() -> Vec<super::Value> {
    Vec::new()
}
