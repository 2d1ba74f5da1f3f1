//! AMQP's values as JSON and back, without loss.
//!
//! A long string that is UTF-8 is a JSON string, a boolean a boolean, an array an array, nothing is null. What JSON
//! has no type for is an object of one member that names the type: `{"u32": 3}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lapin::types::{AMQPValue, DecimalValue, FieldArray, FieldTable, LongString, ShortString};
use serde_json::{Map, Value, json};

/// A table as a JSON object.
pub(super) fn table_to_json(table: &FieldTable) -> Map<String, Value> {
    table
        .inner()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), to_json(value)))
        .collect()
}

/// A JSON object as a table; or which value cannot be one.
pub(super) fn table_from_json(object: &Map<String, Value>) -> Result<FieldTable, String> {
    let mut table = FieldTable::default();
    for (name, value) in object {
        let key = ShortString::try_new(name.as_str()).map_err(|_| format!("`{name}`: over 255 bytes"))?;
        let value = from_json(value).map_err(|problem| format!("`{name}`: {problem}"))?;
        table.insert(key, value);
    }
    Ok(table)
}

/// One value as JSON.
pub(super) fn to_json(value: &AMQPValue) -> Value {
    match value {
        AMQPValue::Void => Value::Null,
        AMQPValue::Boolean(value) => json!(value),
        AMQPValue::ShortShortInt(value) => json!({ "i8": value }),
        AMQPValue::ShortShortUInt(value) => json!({ "u8": value }),
        AMQPValue::ShortInt(value) => json!({ "i16": value }),
        AMQPValue::ShortUInt(value) => json!({ "u16": value }),
        AMQPValue::LongInt(value) => json!({ "i32": value }),
        AMQPValue::LongUInt(value) => json!({ "u32": value }),
        AMQPValue::LongLongInt(value) => json!({ "i64": value }),
        AMQPValue::Timestamp(value) => json!({ "timestamp": value }),
        AMQPValue::Float(value) if value.is_finite() => json!({ "f32": value.to_string() }),
        AMQPValue::Float(value) => json!({ "f32_bits": value.to_bits() }),
        AMQPValue::Double(value) if value.is_finite() => json!({ "f64": value.to_string() }),
        AMQPValue::Double(value) => json!({ "f64_bits": value.to_bits() }),
        AMQPValue::DecimalValue(value) => json!({ "decimal": [value.scale, value.value] }),
        AMQPValue::ShortString(text) => json!({ "shortstr": text.as_str() }),
        AMQPValue::LongString(text) => match std::str::from_utf8(text.as_bytes()) {
            Ok(text) => json!(text),
            Err(_) => json!({ "longstr": STANDARD.encode(text.as_bytes()) }),
        },
        AMQPValue::ByteArray(bytes) => json!({ "bytes": STANDARD.encode(bytes.as_slice()) }),
        AMQPValue::FieldArray(values) => values.as_slice().iter().map(to_json).collect(),
        AMQPValue::FieldTable(table) => json!({ "table": table_to_json(table) }),
    }
}

/// One value of JSON as AMQP's; or why it cannot be.
pub(super) fn from_json(value: &Value) -> Result<AMQPValue, String> {
    let object = match value {
        Value::Null => return Ok(AMQPValue::Void),
        Value::Bool(value) => return Ok(AMQPValue::Boolean(*value)),
        Value::String(text) => return Ok(AMQPValue::LongString(text.as_bytes().into())),
        Value::Array(values) => {
            let values: Vec<AMQPValue> = values.iter().map(from_json).collect::<Result<_, _>>()?;
            return Ok(AMQPValue::FieldArray(FieldArray::from(values)));
        }
        Value::Number(number) => {
            return Err(format!("{number} names no type, such as {{\"i64\": {number}}}"));
        }
        Value::Object(object) => object,
    };
    let (Some((name, value)), 1) = (object.iter().next(), object.len()) else {
        return Err("an object must have one member, which names the type".to_owned());
    };
    let wrong = || format!("{value} is no {name}");
    let signed = || value.as_i64().ok_or_else(wrong);
    let unsigned = || value.as_u64().ok_or_else(wrong);
    let text = || value.as_str().ok_or_else(wrong);
    let bytes = || STANDARD.decode(text()?).map_err(|_| wrong());
    Ok(match name.as_str() {
        "i8" => AMQPValue::ShortShortInt(signed()?.try_into().map_err(|_| wrong())?),
        "u8" => AMQPValue::ShortShortUInt(unsigned()?.try_into().map_err(|_| wrong())?),
        "i16" => AMQPValue::ShortInt(signed()?.try_into().map_err(|_| wrong())?),
        "u16" => AMQPValue::ShortUInt(unsigned()?.try_into().map_err(|_| wrong())?),
        "i32" => AMQPValue::LongInt(signed()?.try_into().map_err(|_| wrong())?),
        "u32" => AMQPValue::LongUInt(unsigned()?.try_into().map_err(|_| wrong())?),
        "i64" => AMQPValue::LongLongInt(signed()?),
        "timestamp" => AMQPValue::Timestamp(unsigned()?),
        "f32" => AMQPValue::Float(text()?.parse().map_err(|_| wrong())?),
        "f32_bits" => AMQPValue::Float(f32::from_bits(unsigned()?.try_into().map_err(|_| wrong())?)),
        "f64" => AMQPValue::Double(text()?.parse().map_err(|_| wrong())?),
        "f64_bits" => AMQPValue::Double(f64::from_bits(unsigned()?)),
        "decimal" => {
            let parts = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let [scale, value] = parts else {
                return Err(wrong());
            };
            let part = |part: &Value| part.as_u64().ok_or_else(wrong);
            AMQPValue::DecimalValue(DecimalValue {
                scale: part(scale)?.try_into().map_err(|_| wrong())?,
                value: part(value)?.try_into().map_err(|_| wrong())?,
            })
        }
        "shortstr" => AMQPValue::ShortString(ShortString::try_new(text()?).map_err(|_| wrong())?),
        "longstr" => AMQPValue::LongString(LongString::from(bytes()?)),
        "bytes" => AMQPValue::ByteArray(bytes()?.into()),
        "table" => AMQPValue::FieldTable(table_from_json(value.as_object().ok_or_else(wrong)?)?),
        _ => return Err(format!("`{name}` is no type of a header")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = AMQPValue> {
        let leaf = prop_oneof![
            Just(AMQPValue::Void),
            any::<bool>().prop_map(AMQPValue::Boolean),
            any::<i8>().prop_map(AMQPValue::ShortShortInt),
            any::<u8>().prop_map(AMQPValue::ShortShortUInt),
            any::<i16>().prop_map(AMQPValue::ShortInt),
            any::<u16>().prop_map(AMQPValue::ShortUInt),
            any::<i32>().prop_map(AMQPValue::LongInt),
            any::<u32>().prop_map(AMQPValue::LongUInt),
            any::<i64>().prop_map(AMQPValue::LongLongInt),
            any::<u64>().prop_map(AMQPValue::Timestamp),
            any::<f32>().prop_map(AMQPValue::Float),
            any::<f64>().prop_map(AMQPValue::Double),
            (any::<u8>(), any::<u32>())
                .prop_map(|(scale, value)| AMQPValue::DecimalValue(DecimalValue { scale, value })),
            "\\PC{0,20}".prop_map(|text| AMQPValue::ShortString(text.as_str().into())),
            proptest::collection::vec(any::<u8>(), 0..20)
                .prop_map(|bytes| AMQPValue::LongString(LongString::from(bytes))),
            proptest::collection::vec(any::<u8>(), 0..20)
                .prop_map(|bytes| AMQPValue::ByteArray(bytes.into())),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4)
                    .prop_map(|values| AMQPValue::FieldArray(FieldArray::from(values))),
                proptest::collection::btree_map("[a-z]{1,6}", inner, 0..4).prop_map(|pairs| {
                    let mut table = FieldTable::default();
                    for (name, value) in pairs {
                        table.insert(name.as_str().into(), value);
                    }
                    AMQPValue::FieldTable(table)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_comes_back_as_it_was(value in any_value()) {
            let line = to_json(&value).to_string();
            let back = from_json(&serde_json::from_str(&line).unwrap()).unwrap();
            // Not a number is never equal to itself; its text is.
            prop_assert_eq!(format!("{:?}", back), format!("{:?}", value));
        }
    }

    #[test]
    fn a_value_that_cannot_be_one_is_named() {
        let object = serde_json::from_str(r#"{"x-a": {"u8": 300}}"#).unwrap();
        assert_eq!(table_from_json(&object).unwrap_err(), "`x-a`: 300 is no u8");
        assert!(from_json(&json!(3)).unwrap_err().contains("names no type"));
        assert!(from_json(&json!({"i65": 3})).unwrap_err().contains("`i65`"));
    }
}
