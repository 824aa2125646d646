//! What `model!` emits: a struct, its body in both worlds, the constants that check it, and its methods.

use super::grammar::Model;
use super::signature::declaration;
use crate::crate_path::{CratePath, private_name};
use crate::layer::{allow, in_place_of_a_body};
use crate::run_time::ScopeMacros;
use crate::shadow;
use crate::spans::{cx, first, local, parentheses};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Index, Type};

/// The number of mistakes that are shown of one model, each as an error of its own; the last says how many there are beyond.
const MISTAKES_SHOWN: u32 = 8;
/// The number of variables that the build-time table holds, unless `#[capacity(..)]` says otherwise.
const CAPACITY: usize = 1024;

pub(super) struct Expansion<'m> {
    model: &'m Model,
    library: &'m CratePath,
    private: TokenStream,
    names: Vec<&'m Ident>,
    elements: Vec<&'m syn::Path>,
    input_indices: Vec<usize>,
    output_indices: Vec<usize>,
    output_elements: Vec<&'m syn::Path>,
}

impl<'m> Expansion<'m> {
    pub(super) fn new(library: &'m CratePath, model: &'m Model) -> Self {
        Expansion {
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
        let methods = self.methods();
        let allow = allow();
        quote! {
            #(#attributes)*
            #[allow(dead_code, missing_debug_implementations)]
            #vis struct #name #generics #bounds {
                instance: #private::model::Instance,
                types: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,
            }
            impl #impl_generics #name #type_generics #bounds {
                #body
            }
            #allow
            impl #impl_generics #name #type_generics #bounds {
                const DECLARED: #private::model::Declaration = #declaration;
                #constants
                #methods
            }
            #errors
        }
    }

    fn output_type(&self) -> TokenStream {
        let outputs = self.model.outputs.iter().map(|o| o.tensor(&self.private));
        self.tuple(quote!(#(#outputs,)*))
    }

    /// A tuple of items that each end with a comma, or the only item where the model returns no tuple.
    fn tuple(&self, items: TokenStream) -> TokenStream {
        if self.model.tuple {
            return quote!((#items));
        }
        let mut items: Vec<_> = items.into_iter().collect();
        items.pop();
        items.into_iter().collect()
    }

    /// `out.0`, or `out` where the model returns no tuple.
    fn output(&self, out: &Ident, index: usize) -> TokenStream {
        if self.model.tuple {
            let index = Index::from(index);
            quote!(#out.#index)
        } else {
            quote!(#out)
        }
    }

    /// The body as the user wrote it, with its lints, where the graph is built.
    fn body(&self) -> TokenStream {
        let Expansion { names, library, .. } = self;
        let tensors = self.model.inputs.iter().map(|i| i.signature.tensor(&self.private));
        let output = self.output_type();
        let import = library.import();
        let body = match &self.model.body {
            Ok(body) => {
                let mut body = body.clone();
                ScopeMacros { library, private: &|span| private_name(span).into_token_stream() }.rewrite(&mut body);
                let statements = &body.stmts;
                quote!(#(#statements)*)
            }
            Err(e) => in_place_of_a_body(std::slice::from_ref(e)),
        };
        quote! {
            #[allow(dead_code, clippy::too_many_arguments, clippy::items_after_statements)]
            fn body(#(#names: #tensors),*) -> #output { #import #body }
        }
    }

    /// The constants of a model that is checked.
    fn checked(&self) -> TokenStream {
        let Expansion { private, names, elements, input_indices, .. } = self;
        let name = &self.model.name;
        let (tensors, output) = (self.model.inputs.iter().map(|i| i.signature.tensor(private)), self.output_type());
        let shadow = match &self.model.body {
            Ok(body) => shadow::rewrite(body, &self.model.generics, None),
            Err(e) => Err(vec![e.clone()]),
        };
        let shadow = shadow.unwrap_or_else(|mistakes| in_place_of_a_body(&mistakes));
        let import = self.library.import();
        let (cx, table, check, out) = (cx(), local("table"), local("check"), local("out"));
        let table_type = self.table();
        let start = match &self.model.reuse {
            Some(other) => quote!(#private::Table::reusing(<#other>::TABLE)),
            None => quote!(#private::Table::new()),
        };
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
        let checked = self.is_generic().then(|| quote!(Self::CHECKED;));
        quote! {
            const fn body_at(#(#names: #tensors,)* #cx: #private::Cx<'_>) -> #output { #import #shadow }
            #[track_caller]
            const fn check(panic_at: u32, total: u32) -> #table_type {
                #import
                let mut #table = #start;
                {
                    let mut #check = #private::Check::new(&mut #table, panic_at, total, Self::DECLARED.symbols);
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
            pub const VARIABLES: &'static [#private::VariableInfo] = {
                #checked
                Self::VARIABLE_TABLE.split_at(Self::TABLE.len()).0
            };
            const VARIABLE_TABLE: &'static [#private::VariableInfo] = &Self::TABLE.infos();
            /// The number of elements of all variables.
            pub const PARAMETERS: usize = { #checked Self::TABLE.parameters() };
            /// The bytes of all variables.
            pub const PARAMETER_BYTES: usize = { #checked Self::TABLE.parameter_bytes() };
            /// The floating point operations of one run; `None` where a shape is not known.
            pub const FLOPS: ::core::option::Option<u64> = { #checked Self::TABLE.flops() };
            /// The inputs, with their shapes and types.
            pub const INPUTS: &'static [#private::model::Port] = { #checked Self::DECLARED.inputs };
            /// The outputs, with their shapes and types.
            pub const OUTPUTS: &'static [#private::model::Port] = { #checked Self::DECLARED.outputs };
        }
    }

    /// The type of the build-time table: variables, scopes, hash slots (a power of two), bytes of text.
    fn table(&self) -> TokenStream {
        let private = &self.private;
        match &self.model.capacity {
            None => {
                let (scopes, slots, text) = (2 * CAPACITY, 4 * CAPACITY, 16 * CAPACITY);
                quote!(#private::Table<#CAPACITY, #scopes, #slots, #text>)
            }
            Some(n) => {
                quote!(#private::Table<{ #n }, { 2 * (#n) }, { (4 * (#n) as usize).next_power_of_two() }, { 16 * (#n) }>)
            }
        }
    }

    fn first_mistake(&self) -> TokenStream {
        quote_spanned!(self.model.name.span()=> if Self::TABLE.failed() > 0 { Self::check(1, Self::TABLE.failed()); })
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

    /// Constant items, which `cargo check` evaluates: one error for each mistake, and a warning of variables that nothing reads.
    fn errors(&self) -> TokenStream {
        let name = &self.model.name;
        let itself: Type = syn::parse_quote!(#name);
        let instances = if self.is_generic() { &self.model.instances } else { std::slice::from_ref(&itself) };
        instances.iter().map(|instance| self.errors_of(instance, first(instance))).collect()
    }

    fn errors_of(&self, instance: &Type, place: Span) -> TokenStream {
        let private = &self.private;
        // The constants of a generic model depend on `CHECKED`: said there, a mistake is said once. Those of another do not, since
        // nothing compiles past this item; `CHECKED` would only add notes.
        let first = if self.is_generic() {
            quote_spanned!(place=> const _: () = <#instance>::CHECKED;)
        } else {
            quote_spanned!(place=> const _: () = if <#instance>::TABLE.failed() > 0 { <#instance>::check(1, <#instance>::TABLE.failed()); };)
        };
        let further = (2..=MISTAKES_SHOWN).map(|n| {
            quote_spanned!(place=>
                const _: () = if <#instance>::TABLE.failed() >= #n { <#instance>::check(#n, <#instance>::TABLE.failed()); };
            )
        });
        quote_spanned! {place=>
            #first
            #(#further)*
            const _: () = #private::Unused::<{ <#instance>::TABLE.unused() > 0 }>::warn();
        }
    }

    fn is_generic(&self) -> bool {
        !self.model.generics.params.is_empty()
    }

    /// What a generic model is checked by, once it is used.
    fn force(&self) -> Option<TokenStream> {
        (self.is_generic() && !self.model.dynamic).then(|| quote!(const { Self::CHECKED };))
    }

    fn methods(&self) -> TokenStream {
        let Expansion { library, private, names, elements, input_indices, output_indices, output_elements, .. } = self;
        let output = self.output_type();
        let (building, out) = (local("building"), local("out"));
        let values: Vec<_> = self.output_indices.iter().map(|i| self.output(&out, *i)).collect();
        let returned = self
            .tuple(quote!(#(#private::model::result::<#output_elements>(&Self::DECLARED, #output_indices, #values),)*));
        let force = self.force();
        let construct = self.construct();
        let runs = self.runs();
        quote! {
            #construct
            #runs

            /// The model as a part of the graph that is being built.
            #[track_caller]
            pub fn graph(#(#names: impl #private::AsTensor<#elements>),*) -> #output {
                #force
                let #out = Self::body(#(#private::model::argument::<#elements>(&Self::DECLARED, #input_indices, #names)),*);
                #returned
            }

            fn build(#building: &mut #private::model::Building) {
                let #out = Self::body(#(#building.input::<#elements>(#input_indices)),*);
                #(#building.output::<#output_elements>(#output_indices, #values);)*
            }

            /// The value of a variable, by its whole name.
            ///
            /// # Errors
            /// If there is no such variable, or if it is of another type.
            pub fn get<E: #private::Element>(&self, name: &str) -> #library::Result<#private::ndarray::ArrayD<E>> {
                self.instance.get(name)
            }

            /// Changes the value of a variable, by its whole name.
            ///
            /// # Errors
            /// If there is no such variable, or if it is of another type or shape.
            pub fn set<E: #private::Element>(&self, name: &str, value: impl #library::IntoValue<E>) -> #library::Result<()> {
                self.instance.set(name, value)
            }

            /// The variables with their names and values, in the order in which they are created.
            pub fn variables(&self) -> ::std::vec::Vec<(::std::string::String, #library::Value)> {
                self.instance.variables()
            }

            /// A table of the variables: name, shape, element type, parameters, bytes.
            pub fn summary(&self) -> ::std::string::String {
                self.instance.summary()
            }

            /// What runs the model.
            pub fn instance(&self) -> &#private::model::Instance {
                &self.instance
            }
        }
    }

    fn construct(&self) -> TokenStream {
        let Expansion { library, private, .. } = self;
        let force = self.force();
        let (docs, signature, instance) = match &self.model.reuse {
            None => (
                quote! {
                    /// The model with the initial values that the seed gives.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                },
                quote!(init(seed: u64)),
                quote!(init(&Self::DECLARED, seed, Self::build)),
            ),
            Some(other) => (
                quote! {
                    /// The model on the variables of another.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                },
                quote!(sharing(other: &#other)),
                quote!(sharing(&Self::DECLARED, other.instance(), Self::build)),
            ),
        };
        quote! {
            #docs
            #[track_caller]
            pub fn #signature -> #library::Result<Self> {
                #force
                let instance = #private::model::Instance::#instance?;
                ::core::result::Result::Ok(Self { instance, types: ::core::marker::PhantomData })
            }
        }
    }

    fn runs(&self) -> TokenStream {
        let Expansion { library, private, names, elements, output_indices, output_elements, .. } = self;
        let (values, targets) = (local("values"), self.output_indices.iter().map(|i| local(&format!("output{i}"))));
        let dimensions: Vec<_> = self.model.inputs.iter().map(|i| i.signature.dimension(private)).collect();
        let output_dimensions: Vec<_> = self.model.outputs.iter().map(|o| o.dimension(private)).collect();
        let into = quote!(::core::convert::Into);
        let views = quote!(#(#names: impl #into<#private::ndarray::ArrayView<'a, #elements, #dimensions>>,)*);
        let targets: Vec<_> = targets.collect();
        let arrays = self.tuple(quote!(#(#private::ndarray::Array<#output_elements, #output_dimensions>,)*));
        let next = quote!(#values.next().expect("a run yields one value for each output"));
        let taken = self.tuple(quote!(#(#private::model::array::<#output_elements, #output_dimensions>(#next)?,)*));
        let run = quote! {
            self.instance.run(::std::vec![#(#private::model::value::<#elements, _, #dimensions>(&#names.into())),*])?
        };
        quote! {
            /// Runs the model on arrays.
            ///
            /// # Errors
            /// If an array's shape is not the declared one, or if an operation fails.
            pub fn run<'a>(&self, #views) -> #library::Result<#arrays> {
                let mut #values = #run.into_iter();
                ::core::result::Result::Ok(#taken)
            }

            /// Runs the model on arrays, and writes what it returns into arrays.
            ///
            /// # Errors
            /// If an array's shape is not the declared one, or if an operation fails.
            pub fn run_into<'a>(
                &self,
                #views
                #(#targets: impl #into<#private::ndarray::ArrayViewMut<'a, #output_elements, #output_dimensions>>),*
            ) -> #library::Result<()> {
                let #values = #run;
                #(#private::model::write_into::<#output_elements, #output_dimensions>(&#values[#output_indices], #targets.into())?;)*
                ::core::result::Result::Ok(())
            }
        }
    }
}
