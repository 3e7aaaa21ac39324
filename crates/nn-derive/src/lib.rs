//! `#[derive(Module)]`, which `deltarule-nn` exports and documents.

mod attributes;
mod expand;
mod path;

use proc_macro::TokenStream;

/// Implements `Module` for a struct: its parts are its fields, in order and under their names.
///
/// Each field must be a `Module`: parameters, buffers, layers, other derived structs, and options, vectors, arrays and
/// tuples of such. Numbers, strings and tensors are modules without parts. `#[module(skip)]` leaves a field out.
///
/// The fields of a tuple struct are named by their index. A type parameter that a field uses is required to be a
/// `Module`, unless it is a type of elements: `E: Float`, as in `struct Net<E: Float>(LinearOf<E>)`.
///
/// `#[module(extra_repr = path)]` on the struct names the function from `&Self` to a `String` that writes the options for a
/// printout.
///
/// `#[module(crate = path)]` on the struct says where the crate is, if it is known by another name.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}
