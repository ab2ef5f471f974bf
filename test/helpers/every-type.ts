/** A table with a column of every type family that a server of 26.7 knows, held to constraints, with views behind it. */
export const everyType = [
  `CREATE TABLE shop.every (
    id UInt64, u8 UInt8 DEFAULT 1, i256 Int256, u128 UInt128, f32 Float32, f64 Float64, bf BFloat16, flag Bool,
    d9 Decimal(9, 2), d76 Decimal(76, 10), d0 Decimal(5), s String, lc LowCardinality(Nullable(String)), fs FixedString(3),
    n Nullable(Int32), day Date, d32 Date32, dt DateTime, dtz DateTime('Asia/Tokyo'), dt3 DateTime64(3, 'UTC'),
    dt9 DateTime64(9, 'Europe/Moscow'), ti Time, ti64 Time64(3), e8 Enum8('a' = 1, 'b\\'x' = 2), e16 Enum16('x' = 1),
    uuid UUID, ip4 IPv4, ip6 IPv6, arr Array(UInt8), arrs Array(Array(Nullable(String))), t Tuple(UInt8, String),
    tn Tuple(x UInt8, y Array(String)), m Map(String, UInt64), mi Map(UInt8, Array(String)), nest Nested(a UInt8, b String),
    js JSON, jst JSON(a UInt32), v Variant(UInt8, String), dy Dynamic, p Point, r Ring, po Polygon, mpo MultiPolygon,
    ls LineString, mls MultiLineString, q QBit(Float32, 4), geo Geometry, agg AggregateFunction(sum, UInt64),
    sagg SimpleAggregateFunction(max, UInt64), mat UInt8 MATERIALIZED u8 + 1, al UInt8 ALIAS u8 + 2,
    eph String EPHEMERAL 'x', def String DEFAULT upper(eph), parsed Date MATERIALIZED toDate(s),
    CONSTRAINT between CHECK n > 100 AND n < 110, CONSTRAINT colour CHECK lc IN ('red', 'blue'), CONSTRAINT long CHECK length(def) = 64
  ) ENGINE = ReplacingMergeTree(u8) PARTITION BY toYYYYMM(day) ORDER BY id TTL day + INTERVAL 1 DAY`,
  'CREATE TABLE shop.sums (id UInt64, rows UInt64) ENGINE = SummingMergeTree ORDER BY id',
  'CREATE MATERIALIZED VIEW shop.to_sums TO shop.sums AS SELECT id, count() AS rows FROM shop.every GROUP BY id',
  'CREATE MATERIALIZED VIEW shop.own ENGINE = MergeTree ORDER BY id AS SELECT id FROM shop.every',
];

/** The same for a server of 18.16. */
export const everyOldType = [
  `CREATE TABLE shop.every (
    id UInt64, u8 UInt8 DEFAULT 1, f Float64, d9 Decimal(9, 2), d38 Decimal(38, 10), s String, fs FixedString(3),
    n Nullable(Int32), day Date, dt DateTime, dtz DateTime('Asia/Tokyo'), e Enum8('a' = 1, 'b\\'x' = 2), uuid UUID,
    arr Array(UInt8), arrs Array(Array(Nullable(String))), t Tuple(UInt8, String), nest Nested(a UInt8, b String),
    agg AggregateFunction(sum, UInt64), mat UInt8 MATERIALIZED u8 + 1, al UInt8 ALIAS u8 + 2
  ) ENGINE = ReplacingMergeTree(u8) PARTITION BY toYYYYMM(day) ORDER BY id`,
  'CREATE TABLE shop.sums (id UInt64, rows UInt64) ENGINE = SummingMergeTree ORDER BY id',
  'CREATE MATERIALIZED VIEW shop.to_sums TO shop.sums AS SELECT id, count() AS rows FROM shop.every GROUP BY id',
  'CREATE MATERIALIZED VIEW shop.own ENGINE = MergeTree ORDER BY id AS SELECT id FROM shop.every',
  'CREATE TABLE shop.buffer AS shop.every ENGINE = Buffer(shop, every, 1, 1, 1, 1, 1, 1000, 1000)',
];
