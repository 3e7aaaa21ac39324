//! From a struct to its `impl Module`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Generics, Index, Member, Result, parse_quote};

use crate::{attributes, path};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let DeriveInput {
        attrs,
        ident,
        generics,
        data,
        ..
    } = input;
    let nn = match attributes::of_struct(&attrs)? {
        Some(path) => path.into_token_stream(),
        None => path::of_module(),
    };
    let fields = visited_fields(&data)?;
    let visits = fields.iter().map(|(member, field)| {
        let name = name(member);
        // The field's span, so that a field that is no module is the one underlined.
        quote_spanned! { field.ty.span() => visitor.child(#name, &self.#member); }
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
        }
    })
}

/// The fields that are not skipped, with what follows `self.` for each.
fn visited_fields(data: &Data) -> Result<Vec<(Member, &Field)>> {
    let fields = match data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            return Err(no_struct(
                data.enum_token.span(),
                "an enum",
                "match on `self`",
            ));
        }
        Data::Union(data) => {
            return Err(no_struct(
                data.union_token.span(),
                "a union",
                "read the field in use",
            ));
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

/// The generics, with the bound `Module` on each type parameter that a visited field mentions.
fn bounded(mut generics: Generics, fields: &[(Member, &Field)], nn: &TokenStream) -> Generics {
    for parameter in generics.type_params_mut() {
        let used = fields.iter().any(|(_, field)| {
            mentions(field.ty.to_token_stream(), &|token| {
                token == &parameter.ident
            })
        });
        if used {
            parameter.bounds.push(parse_quote!(#nn::Module));
        }
    }
    generics
}

fn mentions(tokens: TokenStream, is: &dyn Fn(&proc_macro2::Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident),
        TokenTree::Group(group) => mentions(group.stream(), is),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
