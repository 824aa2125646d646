//! What `model!` emits: a struct, its body in both worlds, and the constants that check it.

use super::grammar::Model;
use super::signature::declaration;
use crate::crate_path::{CratePath, private_name};
use crate::layer::{allow, in_place_of_a_body, spoils_function};
use crate::run_time::ScopeMacros;
use crate::shadow;
use crate::spans::{cx, first, group, local, parentheses};
use crate::typed;
use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Error, Index, Type};

/// The number of mistakes that are shown of one model, each as an error of its own; the last says how many there are beyond.
const MISTAKES_SHOWN: u32 = 8;
/// The number of variables that the build-time table holds, unless `#[capacity(..)]` says otherwise.
const CAPACITY: usize = 1024;

pub(super) struct Expansion<'m> {
    pub(super) model: &'m Model,
    pub(super) library: &'m CratePath,
    pub(super) private: TokenStream,
    pub(super) names: Vec<&'m Ident>,
    pub(super) elements: Vec<&'m syn::Path>,
    pub(super) input_indices: Vec<usize>,
    pub(super) output_indices: Vec<usize>,
    pub(super) output_elements: Vec<&'m syn::Path>,
    /// The body in const evaluation; of a dynamic model there is none.
    shadow: Result<TokenStream, Vec<Error>>,
}

impl<'m> Expansion<'m> {
    pub(super) fn new(library: &'m CratePath, model: &'m Model) -> Self {
        let shadow = match &model.body {
            Ok(_) if model.dynamic => Ok(TokenStream::new()),
            Ok(body) => shadow::rewrite(body, &model.generics, None, model.generics.params.is_empty()),
            Err(e) => Err(vec![e.clone()]),
        };
        Expansion {
            shadow,
            model,
            library,
            private: library.private(),
            names: model.inputs.iter().map(|i| &i.name).collect(),
            elements: model.inputs.iter().map(|i| &i.signature.element).collect(),
            input_indices: (0..model.inputs.len()).collect(),
            output_indices: (0..model.outputs.len()).collect(),
            output_elements: model.outputs.iter().map(|o| &o.element).collect(),
        }
    }

    pub(super) fn items(&self) -> TokenStream {
        let Model { attributes, vis, name, generics, dynamic, .. } = self.model;
        let private = &self.private;
        let (impl_generics, type_generics, bounds) = generics.split_for_impl();
        let types = generics.type_params().map(|t| &t.ident);
        let declaration = declaration(private, self.model);
        let body = self.body();
        let (constants, errors) =
            if *dynamic { (self.declared_only(), None) } else { (self.checked(), Some(self.errors())) };
        let (methods, model) = (self.methods(), self.model_trait());
        let tabled = (!dynamic).then(|| self.tabled());
        let allow = allow();
        let cfg = self.cfg();
        // What rustc has to say of the type is then said of its name.
        let structure = quote_spanned!(name.span()=> struct);
        let fields = quote! {
            instance: #private::model::Instance,
            types: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,
        };
        let fields = group(Delimiter::Brace, name.span(), fields);
        quote! {
            #(#attributes)*
            #[allow(dead_code, missing_debug_implementations)]
            #vis #structure #name #generics #bounds #fields
            #(#cfg)*
            impl #impl_generics #name #type_generics #bounds {
                #body
            }
            #(#cfg)*
            #allow
            impl #impl_generics #name #type_generics #bounds {
                const DECLARED: #private::model::Declaration = #declaration;
                #constants
                #methods
            }
            #model
            #tabled
            #errors
        }
    }

    /// The table that `VARIABLES` reads.
    fn tabled(&self) -> TokenStream {
        let Model { name, generics, .. } = self.model;
        let private = &self.private;
        let (impl_generics, type_generics, bounds) = generics.split_for_impl();
        let (allow, cfg, size) = (allow(), self.cfg(), self.table_size());
        // At the model's name, as the constants are.
        let table = group(Delimiter::Brace, name.span(), quote_spanned!(name.span()=> Self::check(u32::MAX, 0)));
        quote! {
            #(#cfg)*
            #[doc(hidden)]
            #allow
            impl #impl_generics #private::Tabled<#size> for #name #type_generics #bounds {
                const NOTED: #private::Table<#size> = #table;
            }
        }
    }

    /// What leaves the struct out leaves out everything.
    fn cfg(&self) -> Vec<&Attribute> {
        self.model.attributes.iter().filter(|a| a.path().is_ident("cfg")).collect()
    }

    /// What programs that take any model know of it.
    fn model_trait(&self) -> TokenStream {
        let Expansion { private, names, elements, .. } = self;
        let (impl_generics, type_generics, bounds) = self.model.generics.split_for_impl();
        let name = &self.model.name;
        let (allow, cfg) = (allow(), self.cfg());
        let dimensions = self.model.inputs.iter().map(|input| input.signature.dimension(private));
        let arrays: Vec<_> = elements
            .iter()
            .zip(dimensions)
            .map(|(element, dimension)| quote!(#private::ndarray::Array<#element, #dimension>))
            .collect();
        // One array as itself, several as a tuple: as a dataset of one array, or of several, yields them.
        let (inputs, pattern) = match (&arrays[..], &names[..]) {
            ([array], [name]) => (quote!(#array), quote!(#name)),
            _ => (quote!((#(#arrays,)*)), quote!((#(#names,)*))),
        };
        quote! {
            #(#cfg)*
            #allow
            impl #impl_generics #private::model::Model for #name #type_generics #bounds {
                fn built(&self) -> &#private::model::Instance {
                    &self.instance
                }
            }
            #(#cfg)*
            #allow
            impl #impl_generics #private::model::InputsOf<#name #type_generics> for #inputs #bounds {
                fn into_values(self) -> ::std::vec::Vec<#private::Value> {
                    let #pattern = self;
                    ::std::vec![#(#private::model::owned(#names)),*]
                }
            }
        }
    }

    pub(super) fn output_type(&self) -> TokenStream {
        let outputs = self.model.outputs.iter().map(|o| o.tensor(self.library));
        self.tuple(quote!(#(#outputs,)*))
    }

    /// A tuple of items that each end with a comma, or the only item where the model returns no tuple.
    pub(super) fn tuple(&self, items: TokenStream) -> TokenStream {
        if let Some(place) = self.model.tuple {
            return parentheses(place, items).into_token_stream();
        }
        let mut items: Vec<_> = items.into_iter().collect();
        items.pop();
        items.into_iter().collect()
    }

    /// `out.0`, or `out` where the model returns no tuple.
    pub(super) fn output(&self, out: &Ident, index: usize) -> TokenStream {
        if self.model.tuple.is_some() {
            let index = Index::from(index);
            quote!(#out.#index)
        } else {
            quote!(#out)
        }
    }

    /// The body as the user wrote it, with its lints, where the graph is built.
    fn body(&self) -> TokenStream {
        let Expansion { names, library, .. } = self;
        let tensors = self.model.inputs.iter().map(|i| i.signature.tensor(self.library));
        let output = self.output_type();
        let (import, private, call, dynamic) = (library.import(), &self.private, local("__call"), self.model.dynamic);
        let body = match (&self.model.body, &self.shadow) {
            (Ok(_), Err(mistakes)) if spoils_function(mistakes) => in_place_of_a_body(mistakes),
            (Ok(body), _) => {
                let mut body = body.clone();
                ScopeMacros { library, private: &|span| private_name(span).into_token_stream() }.rewrite(&mut body);
                let statements = &body.stmts;
                quote!(#(#statements)*)
            }
            (Err(e), _) => in_place_of_a_body(std::slice::from_ref(e)),
        };
        let statements = quote! {
            #import
            let #call = (#private::run::enter_model)(#dynamic);
            #body
        };
        // In the braces of the model, where rustc looks for what it returns.
        let place = self.model.body.as_ref().map_or(Span::call_site(), |body| body.brace_token.span.join());
        let statements = group(Delimiter::Brace, place, statements);
        let tensors: Vec<_> = tensors.collect();
        let allow = quote!(#[allow(dead_code, clippy::too_many_arguments, clippy::items_after_statements)]);
        if !self.is_typed() {
            return quote!(#allow fn body(#(#names: #tensors),*) -> #output #statements);
        }
        let (constant, name) =
            (typed::closure(names, &tensors, quote!(-> #output), &statements), typed::constant_name());
        quote! {
            #allow
            #constant
            #allow
            fn body(#(#names: #tensors),*) -> #output { (Self::#name)(#(#names),*) }
        }
    }

    /// Whether what rustc says of the body's types is all that it says: see [`typed`].
    fn is_typed(&self) -> bool {
        !self.model.dynamic && !self.is_generic()
    }

    /// The constants of a model that is checked.
    fn checked(&self) -> TokenStream {
        let Expansion { private, names, elements, input_indices, .. } = self;
        let name = &self.model.name;
        let (tensors, output) =
            (self.model.inputs.iter().map(|i| i.signature.tensor(self.library)), self.output_type());
        let shadow = match &self.shadow {
            Ok(shadow) => shadow.clone(),
            Err(mistakes) => in_place_of_a_body(mistakes),
        };
        let (returned, alias) = if self.is_typed() {
            (typed::returned(self.library, name, &output), Some(typed::alias(self.library, name)))
        } else {
            (output.clone(), None)
        };
        let import = self.library.import();
        let (cx, table, check, out) = (cx(), local("__table"), local("__check"), local("__out"));
        let table_type = self.table();
        let start = match &self.model.reuse {
            Some(other) => quote! {
                #private::Table::reusing(if panic_at == 0 { <#other>::TABLE } else { #private::noted::<#other, _, _, _, _>() })
            },
            None => quote!(#private::Table::new()),
        };
        let reusing = self.model.reuse.as_ref().map(|other| {
            let name = last_segment(other);
            quote!(.reusing(#name))
        });
        // At the model's name, where the backtrace of a mistake begins.
        let arguments = parentheses(
            name.span(),
            quote!(#(#private::model::input::<#elements>(&Self::DECLARED, #input_indices, #cx),)* #cx),
        );
        let run = quote_spanned!(name.span()=> Self::body_at #arguments);
        let outputs = self.model.outputs.iter().enumerate().map(|(i, signature)| {
            let (element, value) = (&signature.element, self.output(&out, i));
            let alias = private_name(first(element));
            let arguments = parentheses(signature.end, quote!(&Self::DECLARED, #i, #value, #cx));
            quote!(#alias::model::output::<#element> #arguments;)
        });
        let evaluated = quote_spanned!(name.span()=> &Self::check(0, 0));
        let failed = self.first_mistake();
        let checked = self.is_generic().then(|| quote_spanned!(name.span()=> Self::CHECKED;));
        // Each at the model's name as a whole: what rustc notes of a constant that depends on a broken one is then the same for all of them, and
        // said once.
        let at_name = |value: TokenStream| group(Delimiter::Brace, name.span(), quote!(#checked #value));
        let variables = at_name(quote_spanned!(name.span()=> Self::TABLE.variables::<Self>()));
        let parameters = at_name(quote_spanned!(name.span()=> Self::TABLE.parameters()));
        let parameter_bytes = at_name(quote_spanned!(name.span()=> Self::TABLE.parameter_bytes()));
        let flops = at_name(quote_spanned!(name.span()=> #private::noted::<Self, _, _, _, _>().flops()));
        let located = self.library.private_at(name.span());
        let uses_all = at_name(quote_spanned!(name.span()=> #located::noted::<Self, _, _, _, _>().demand_all_used()));
        let learns_all =
            at_name(quote_spanned!(name.span()=> #located::noted::<Self, _, _, _, _>().demand_all_learned()));
        quote! {
            const fn body_at(#(#names: #tensors,)* #cx: #private::Cx<'_>) -> #returned { #import #alias #shadow }
            #[track_caller]
            const fn check(panic_at: u32, total: u32) -> #table_type {
                #import
                let mut #table = #start;
                {
                    let mut #check = #private::Check::new(&mut #table, panic_at, total, Self::DECLARED.symbols) #reusing;
                    let #cx = #private::Cx::new(&mut #check);
                    let #out = #run;
                    Self::returned(#out, #cx);
                }
                #table
            }
            // Not in `check`, which rustc leaves out of its backtraces: a mistake points to the declared output.
            const fn returned(#out: #output, #cx: #private::Cx<'_>) { #import #(#outputs)* }
            /// What const evaluation knows of the model.
            #[doc(hidden)]
            pub const TABLE: &'static #table_type = #evaluated;
            /// Fails to compile where the model is wrong.
            pub const CHECKED: () = #failed;
            /// The variables, with their names, shapes and types.
            pub const VARIABLES: &'static [#private::VariableInfo] = #variables;
            /// The number of elements of all variables.
            pub const PARAMETERS: usize = #parameters;
            /// The bytes of all variables.
            pub const PARAMETER_BYTES: usize = #parameter_bytes;
            /// The floating point operations of one run; `None` where a shape is not known.
            pub const FLOPS: ::core::option::Option<u64> = #flops;
            /// Fails to compile where something is created and nothing reads it, with its name and place; for a constant item beside the model.
            pub const USES_ALL: () = #uses_all;
            /// Fails to compile where something is trained and the loss does not depend on it, with its name and place;
            /// for a constant item beside the model.
            pub const LEARNS_ALL: () = #learns_all;
            /// The inputs, with their shapes and types.
            pub const INPUTS: &'static [#private::model::Port] = { #checked Self::DECLARED.inputs };
            /// The outputs, with their shapes and types.
            pub const OUTPUTS: &'static [#private::model::Port] = { #checked Self::DECLARED.outputs };
        }
    }

    /// The type of the build-time table.
    fn table(&self) -> TokenStream {
        let (private, size) = (&self.private, self.table_size());
        quote!(#private::Table<#size>)
    }

    /// The size of the build-time table: variables, scopes, hash slots (a power of two), bytes of text.
    fn table_size(&self) -> TokenStream {
        match &self.model.capacity {
            None => {
                let (scopes, slots, text) = (2 * CAPACITY, 4 * CAPACITY, 16 * CAPACITY);
                quote!(#CAPACITY, #scopes, #slots, #text)
            }
            Some(n) => quote!({ #n }, { 2 * (#n) }, { (4 * (#n) as usize).next_power_of_two() }, { 16 * (#n) }),
        }
    }

    fn first_mistake(&self) -> TokenStream {
        quote_spanned!(self.model.name.span()=> if Self::TABLE.failed() > 0 { let _ = Self::check(1, Self::TABLE.failed()); })
    }

    /// The constants of a model that is not checked.
    fn declared_only(&self) -> TokenStream {
        let private = &self.private;
        quote! {
            /// The inputs, with their shapes and types.
            pub const INPUTS: &'static [#private::model::Port] = Self::DECLARED.inputs;
            /// The outputs, with their shapes and types.
            pub const OUTPUTS: &'static [#private::model::Port] = Self::DECLARED.outputs;
        }
    }

    /// Constant items, which `cargo check` evaluates: one error for each mistake, and warnings of variables that nothing reads, or no loss.
    fn errors(&self) -> TokenStream {
        let name = &self.model.name;
        let itself: Type = syn::parse_quote!(#name);
        let instances = if self.is_generic() { &self.model.instances } else { std::slice::from_ref(&itself) };
        instances.iter().map(|instance| self.errors_of(instance, first(instance))).collect()
    }

    fn errors_of(&self, instance: &Type, place: Span) -> TokenStream {
        let private = &self.private;
        let table = quote_spanned!(place=> <#instance>::TABLE);
        let at = |n: u32| quote_spanned!(place=> if #table.failed() >= #n { let _ = <#instance>::check(#n, #table.failed()); });
        // The constants of a generic model depend on `CHECKED`: said there, a mistake is said once. Those of another do not, since
        // nothing compiles past this item; `CHECKED` would only add notes.
        let first = if self.is_generic() { quote_spanned!(place=> <#instance>::CHECKED) } else { at(1) };
        let unused = quote_spanned! {place=>
            #private::ThisModel::<{ #table.failed() == 0 && #table.unused() > 0 }>::has_a_variable_that_nothing_reads()
        };
        let unlearned = quote_spanned! {place=>
            #private::ThisModel::<{ #table.failed() == 0 && #table.unlearned() > 0 }>::has_a_trainable_variable_that_its_loss_does_not_depend_on()
        };
        let cfg = self.cfg();
        std::iter::once(first)
            .chain((2..=MISTAKES_SHOWN).map(at))
            .chain([unused, unlearned])
            .map(|check| quote_spanned!(place=> #(#cfg)* const _: () = #check;))
            .collect()
    }

    fn is_generic(&self) -> bool {
        !self.model.generics.params.is_empty()
    }

    /// What a generic model is checked by, once it is used.
    pub(super) fn force(&self) -> Option<TokenStream> {
        (self.is_generic() && !self.model.dynamic).then(|| quote!(const { Self::CHECKED };))
    }
}

/// What messages call a model: the last part of its path.
fn last_segment(model: &Type) -> String {
    match model {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
    .unwrap_or_else(|| model.to_token_stream().to_string())
}
