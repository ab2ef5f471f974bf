const FIXED =
  /^(?:U?Int\d+|Float\d+|BFloat16|Bool|Date|Date32|DateTime|DateTime64|Time|Time64|UUID|IPv4|IPv6|Enum8|Enum16|Enum|Decimal\d*|FixedString|Interval\w+)\b/;

/** Whether all values of a ClickHouse type have one width, wrappers taken off: `LowCardinality(Nullable(String))` has not. */
export function fixedWidth(type: string): boolean {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type.trim());
  return inner ? fixedWidth(inner[1] ?? '') : FIXED.test(type.trim());
}
