//! Names, units and labels of every metric; logs; the admin port.
