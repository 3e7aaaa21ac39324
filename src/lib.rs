//! deltarule
