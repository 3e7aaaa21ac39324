//! From a struct to its `impl Module`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Field, Generics, Index, Member, Result, Type, TypeParam, TypeParamBound, parse_quote,
};

use crate::{attributes, path};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let DeriveInput { attrs, ident, generics, data, .. } = input;
    let options = attributes::of_struct(&attrs)?;
    let nn = match options.path {
        Some(path) => path.into_token_stream(),
        None => path::of_module(),
    };
    let fields = visited_fields(&data)?;
    let visits = fields.iter().map(|(member, field)| {
        let name = name(member);
        // The field's span, so that a field that is no module is the one underlined.
        quote_spanned! { field.ty.span() => visitor.child(#name, &self.#member); }
    });

    let extra_repr = options.extra_repr.map(|path| {
        quote_spanned! { path.span() =>
            fn extra_repr(&self) -> ::std::string::String {
                #path(self)
            }
        }
    });

    let generics = bounded(generics, &fields, &nn);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters #nn::Module for #ident #arguments #conditions {
            fn visit(&self, visitor: &mut #nn::Visitor<'_>) {
                #(#visits)*
                let _ = visitor;
            }

            #extra_repr
        }
    })
}

/// The fields that are not skipped, with what follows `self.` for each.
fn visited_fields(data: &Data) -> Result<Vec<(Member, &Field)>> {
    let fields = match data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            return Err(no_struct(data.enum_token.span(), "an enum", "match on `self`"));
        }
        Data::Union(data) => {
            return Err(no_struct(data.union_token.span(), "a union", "read the field in use"));
        }
    };
    let mut visited = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if !attributes::skips(&field.attrs)? {
            let member = match &field.ident {
                Some(ident) => Member::Named(ident.clone()),
                None => Member::Unnamed(Index::from(index)),
            };
            visited.push((member, field));
        }
    }
    Ok(visited)
}

fn no_struct(span: proc_macro2::Span, what: &str, how: &str) -> Error {
    let message = format!(
        "Module can be derived for structs, and this is {what}. Write `impl Module` by hand: in `visit`, {how}, and pass \
         each part to `visitor.child(name, part)`"
    );
    Error::new(span, message)
}

/// The name of a field in state dicts.
fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The generics, with the bound `Module` on each type parameter that a visited field mentions, unless it is the type of
/// elements.
fn bounded(mut generics: Generics, fields: &[(Member, &Field)], nn: &TokenStream) -> Generics {
    for parameter in generics.type_params_mut() {
        let used = fields.iter().any(|(_, field)| {
            !is_phantom(&field.ty) && mentions(field.ty.to_token_stream(), &|token| token == &parameter.ident)
        });
        if used && !is_element(parameter) {
            parameter.bounds.push(parse_quote!(#nn::Module));
        }
    }
    generics
}

/// Whether the parameter is a type of elements, `E: Float`: what is made of those is a module without a word about `E`.
fn is_element(parameter: &TypeParam) -> bool {
    parameter.bounds.iter().any(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return false };
        let name = bound.path.segments.last();
        name.is_some_and(|name| ["Float", "Number", "Element"].iter().any(|element| name.ident == element))
    })
}

/// Whether the type is `PhantomData`, which is a module whatever it is about.
fn is_phantom(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "PhantomData")
}

fn mentions(tokens: TokenStream, is: &dyn Fn(&proc_macro2::Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident),
        TokenTree::Group(group) => mentions(group.stream(), is),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(input: DeriveInput) -> String {
        match expand(input) {
            Ok(tokens) => panic!("expected an error, and got {tokens}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_no_struct_is_refused() {
        let found = message(parse_quote!(
            enum Head {
                A(Linear),
            }
        ));
        assert!(found.starts_with("Module can be derived for structs, and this is an enum."), "{found}");
        let found = message(parse_quote!(
            union Bits {
                a: f32,
            }
        ));
        assert!(found.starts_with("Module can be derived for structs, and this is a union."), "{found}");
    }

    #[test]
    fn unknown_options_are_refused() {
        let found = message(parse_quote!(
            struct Net {
                #[module(ignore)]
                a: Linear,
            }
        ));
        assert!(found.starts_with("unknown option: a field takes `#[module(skip)]` alone"), "{found}");
        let found = message(parse_quote!(
            #[module(skip)]
            struct Net;
        ));
        assert!(found.starts_with("`skip` belongs on a field"), "{found}");
        let found = message(parse_quote!(
            #[module(name = "net")]
            struct Net;
        ));
        assert!(found.starts_with("unknown option: a struct takes `#[module(crate = path)]` and"), "{found}");
    }

    #[test]
    fn a_module_names_what_writes_its_options() {
        let tokens = expand(parse_quote!(
            #[module(crate = nn, extra_repr = Self::options)]
            struct Net;
        ));
        let expected: TokenStream = quote! {
            #[automatically_derived]
            impl nn::Module for Net {
                fn visit(&self, visitor: &mut nn::Visitor<'_>) {
                    let _ = visitor;
                }

                fn extra_repr(&self) -> ::std::string::String {
                    Self::options(self)
                }
            }
        };
        assert_eq!(tokens.map(|tokens| tokens.to_string()).ok(), Some(expected.to_string()));
    }

    #[test]
    fn only_type_parameters_in_use_are_bounded() {
        let tokens = expand(parse_quote!(
            #[module(crate = my::nn)]
            struct Net<'a, A, B: Clone, E: Float, F, P, const N: usize> {
                p: std::marker::PhantomData<P>,
                a: Vec<A>,
                b: [B; N],
                e: LinearOf<E>,
                #[module(skip)]
                f: &'a F,
            }
        ));
        let expected: TokenStream = quote! {
            #[automatically_derived]
            impl<'a, A: my::nn::Module, B: Clone + my::nn::Module, E: Float, F, P, const N: usize>
                my::nn::Module for Net<'a, A, B, E, F, P, N>
            {
                fn visit(&self, visitor: &mut my::nn::Visitor<'_>) {
                    visitor.child("p", &self.p);
                    visitor.child("a", &self.a);
                    visitor.child("b", &self.b);
                    visitor.child("e", &self.e);
                    let _ = visitor;
                }
            }
        };
        assert_eq!(tokens.map(|tokens| tokens.to_string()).ok(), Some(expected.to_string()));
    }
}
