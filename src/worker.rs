//! One delivery's way, from slot to settlement, over ports. Knows no broker.
