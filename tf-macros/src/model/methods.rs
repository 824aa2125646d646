//! The methods of a model: made, run, used in a graph, asked for its variables.

use super::expand::Expansion;
use crate::spans::{first, local};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

impl Expansion<'_> {
    pub(super) fn methods(&self) -> TokenStream {
        let Expansion { library, private, names, elements, input_indices, output_indices, output_elements, .. } = self;
        let output = self.output_type();
        let (building, out) = (local("__building"), local("__out"));
        let values: Vec<_> = self.output_indices.iter().map(|i| self.output(&out, *i)).collect();
        let returned = self
            .tuple(quote!(#(#private::model::result::<#output_elements>(&Self::DECLARED, #output_indices, #values),)*));
        let force = self.force();
        let checked = (!self.model.dynamic).then(|| quote!(.checked(Self::VARIABLES)));
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
            pub fn get<Stored: #private::Element>(&self, name: &str) -> #library::Result<#private::ndarray::ArrayD<Stored>> {
                self.instance.get(name)
            }

            /// Changes the value of a variable, by its whole name.
            ///
            /// # Errors
            /// If there is no such variable, or if it is of another type or shape.
            pub fn set<Stored: #private::Element>(&self, name: &str, value: impl #private::IntoValue<Stored>) -> #library::Result<()> {
                self.instance.set(name, value)
            }

            /// The variables with their names and values, in the order in which they are created.
            pub fn variables(&self) -> ::std::vec::Vec<(::std::string::String, #private::Value)> {
                self.instance.variables()
            }

            /// Writes the values of the global variables into a file, which is replaced in one step.
            ///
            /// # Errors
            /// If the system refuses to write there.
            pub fn save(&self, path: impl ::core::convert::AsRef<::std::path::Path>) -> #library::Result<()> {
                self.instance.save(path)
            }

            /// Gives the global variables the values of a file, or of bytes in the program: all of them, or, where anything is wrong, none.
            ///
            /// # Errors
            /// If the file cannot be read, or does not fit the model.
            pub fn restore(&self, source: impl #private::CheckpointSource) -> #library::Result<#private::RestoreReport> {
                self.instance.restore(source)
            }

            /// The same, renamed and converted as the import says, or only what the file has.
            ///
            /// # Errors
            /// If the file cannot be read, or does not fit the model.
            pub fn restore_with(
                &self,
                source: impl #private::CheckpointSource,
                import: &#private::Import,
            ) -> #library::Result<#private::RestoreReport> {
                self.instance.restore_with(source, import)
            }

            /// A table of the variables, with the places of the program that share them.
            pub fn summary(&self) -> #private::Summary {
                self.instance.summary() #checked
            }

            /// The session it runs in, for what is asked of sessions: devices, traces, plans. Its graph, for drawings and savers, is `model.session().graph()`;
            /// [`graph`](Self::graph) builds the model as a part of another.
            pub fn session(&self) -> &#private::Session {
                self.instance.session()
            }

            /// What runs the model.
            pub fn instance(&self) -> &#private::model::Instance {
                &self.instance
            }
        }
    }

    fn construct(&self) -> TokenStream {
        let Expansion { library, private, .. } = self;
        let (force, built) = (self.force(), local("__instance"));
        let (docs, signature, instance) = match &self.model.reuse {
            None => (
                quote! {
                    /// The model with the initial values that the seed gives, counted as in TensorFlow.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                    #[track_caller]
                    pub fn init(seed: u64) -> #library::Result<Self> {
                        Self::init_with(seed, #private::ModelOptions::new())
                    }

                    /// The model with the initial values that the seed gives, made as the options say: `Seeds::ByName`, `SessionOptions`, or
                    /// `ModelOptions` with these, a server and a container.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                },
                quote!(init_with(seed: u64, options: impl ::core::convert::Into<#private::ModelOptions>)),
                quote!(init(&Self::DECLARED, seed, &options.into(), Self::build)),
            ),
            Some(other) => (
                quote! {
                    /// The model on the variables of another, run as that one is.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                    #[track_caller]
                    pub fn sharing(other: &#other) -> #library::Result<Self> {
                        Self::sharing_with(other, other.instance().session().options())
                    }

                    /// The model on the variables of another, run as the options say.
                    ///
                    /// # Errors
                    /// If the graph cannot be built.
                },
                quote!(sharing_with(other: &#other, options: #private::SessionOptions)),
                quote!(sharing(&Self::DECLARED, other.instance(), options, Self::build)),
            ),
        };
        let loads = self.model.reuse.is_none().then(|| self.loads());
        let averages = self.model.reuse.is_none().then(|| self.averages());
        quote! {
            #docs
            #[track_caller]
            pub fn #signature -> #library::Result<Self> {
                #force
                let #built = #private::model::Instance::#instance?;
                ::core::result::Result::Ok(Self { instance: #built, types: ::core::marker::PhantomData })
            }

            #loads
            #averages
        }
    }

    fn averages(&self) -> TokenStream {
        let Expansion { library, private, .. } = self;
        let (force, built) = (self.force(), local("__instance"));
        quote! {
            /// Another model of the kind, whose variables have the averages that are kept here as their values: to run, to save, and for a
            /// model that reuses this one, `Evaluate::sharing(&train.averages()?)`. Variables that no optimizer changes, as the means of batch
            /// normalization, are as they are here. What is trained here later does not change it.
            ///
            /// # Errors
            /// If no averages are kept: [`averaged`](Self::averaged) attaches them.
            #[track_caller]
            pub fn averages(&self) -> #library::Result<Self> {
                #force
                let #built = #private::model::Instance::of_averages(&Self::DECLARED, &self.instance, Self::build)?;
                ::core::result::Result::Ok(Self { instance: #built, types: ::core::marker::PhantomData })
            }
        }
    }

    fn loads(&self) -> TokenStream {
        let Expansion { library, private, .. } = self;
        let (force, built, report) = (self.force(), local("__instance"), local("__report"));
        quote! {
            /// The model with the values of a file, or of bytes in the program. No initializer is run for them.
            ///
            /// What an optimizer keeps beside the variables is left in the file: to train on, attach the optimizer and [`restore`](Self::restore) then.
            ///
            /// # Errors
            /// If the file cannot be read, does not fit the model, or holds a tensor for which the model has no variable
            /// ([`load_with`](Self::load_with) reports those).
            #[track_caller]
            pub fn load(source: impl #private::CheckpointSource) -> #library::Result<Self> {
                #force
                let #built = #private::model::Instance::load_all(&Self::DECLARED, source, Self::build)?;
                ::core::result::Result::Ok(Self { instance: #built, types: ::core::marker::PhantomData })
            }

            /// The model with the values of a file, made as the options say, and a report: an `Import` that renames, converts or takes what there
            /// is, `SessionOptions`, `ModelOptions`, or `LoadOptions` with these and a seed for what the file does not have.
            ///
            /// # Errors
            /// If the file cannot be read, or does not fit the model.
            #[track_caller]
            pub fn load_with(
                source: impl #private::CheckpointSource,
                options: impl ::core::convert::Into<#private::LoadOptions>,
            ) -> #library::Result<(Self, #private::RestoreReport)> {
                #force
                let (#built, #report) = #private::model::Instance::load(&Self::DECLARED, source, &options.into(), Self::build)?;
                ::core::result::Result::Ok((Self { instance: #built, types: ::core::marker::PhantomData }, #report))
            }
        }
    }

    fn runs(&self) -> TokenStream {
        let Expansion { library, private, names, elements, output_elements, .. } = self;
        let (values, targets) = (local("__values"), self.output_indices.iter().map(|i| local(&format!("output{i}"))));
        let dimensions: Vec<_> = self.model.inputs.iter().map(|i| i.signature.dimension(private)).collect();
        let output_dimensions: Vec<_> = self.model.outputs.iter().map(|o| o.dimension(private)).collect();
        // At each input's name, where rustc then shows what it demands.
        let bounds = names.iter().zip(elements).zip(&dimensions).map(|((name, element), dimensions)| {
            let (private, place) = (library.private_at(name.span()), library.place(name.span()));
            quote_spanned!(place=> impl #private::ModelInput<'a, #element, #dimensions>)
        });
        let views = quote!(#(#names: #bounds,)*);
        let targets: Vec<_> = targets.collect();
        let target_bounds = output_elements.iter().zip(&output_dimensions).map(|(element, dimensions)| {
            let span = first(element);
            let (private, place) = (library.private_at(span), library.place(span));
            quote_spanned!(place=> impl #private::ModelOutput<'a, #element, #dimensions>)
        });
        let arrays = self.tuple(quote!(#(#private::ndarray::Array<#output_elements, #output_dimensions>,)*));
        let next = quote!(#values.next().expect("a run yields one value for each output"));
        let taken = self.tuple(quote!(#(#private::model::array::<#output_elements, #output_dimensions>(#next)?,)*));
        let given = quote!(
            ::std::vec![#(#private::model::value::<#elements, _, #dimensions>(&#private::ModelInput::view(#names))),*]
        );
        let arrays_given = quote!(
            &[#(#private::model::given::<#elements, #dimensions>(&#private::ModelInput::view(#names))),*]
        );
        let handed_out = self.tuple(quote!(#(#values.array::<#output_elements, #output_dimensions>()?,)*));
        let step = local("__step");
        quote! {
            /// Runs the model on arrays.
            ///
            /// # Errors
            /// If an array's shape is not the declared one, or if an operation fails.
            pub fn run<'a>(&self, #views) -> #library::Result<#arrays> {
                let mut #values = self.instance.run_arrays(#arrays_given)?;
                ::core::result::Result::Ok(#handed_out)
            }

            /// The same with an optimizer attached, which makes the first output smaller: [`step`](Self::step) takes its steps.
            ///
            /// The losses of regularizers are added to the output, unless it has them in it; a step also runs the operations of the
            /// collection `UPDATE_OPS` (averages of batch normalization) and counts in the variable `global_step`. To go on from a
            /// checkpoint of a training run, attach first and [`restore`](Self::restore) then, so that slots and count are restored too.
            ///
            /// # Errors
            /// If the output is no single float, or depends on no trainable variable, or if an optimizer is attached already.
            #[track_caller]
            pub fn minimize(mut self, optimizer: impl #private::Optimizer) -> #library::Result<Self> {
                self.instance.minimize(&optimizer)?;
                ::core::result::Result::Ok(self)
            }

            /// The same with averages of the variables that its optimizers change, each moved after every step: what is often better to
            /// evaluate and to keep than the last values.
            ///
            /// # Errors
            /// If no optimizer is attached, if averages are kept already, if the decay is not between 0 and 1, or if a variable is of no floats.
            #[track_caller]
            pub fn averaged(mut self, averages: #private::ExponentialMovingAverage) -> #library::Result<Self> {
                self.instance.averaged(averages)?;
                ::core::result::Result::Ok(self)
            }

            /// Attaches an optimizer of another output, or of some scopes only; [`take`](Self::take) takes its steps.
            ///
            /// # Errors
            /// If there is no such output, or if it is no float, or depends on no variable that may change.
            #[track_caller]
            pub fn attach(
                &mut self,
                optimizer: impl #private::Optimizer,
                objective: #private::Objective,
            ) -> #library::Result<#private::Step> {
                self.instance.attach(&optimizer, &objective)
            }

            /// Runs the model on arrays, and takes a step of the optimizer that was attached first. What it returns is from before the step.
            ///
            /// # Errors
            /// If no optimizer is attached, an array's shape is not the declared one, or an operation fails.
            pub fn step<'a>(&self, #views) -> #library::Result<#arrays> {
                let mut #values = self.instance.step(::core::option::Option::None, #given)?.into_iter();
                ::core::result::Result::Ok(#taken)
            }

            /// Runs the model on arrays, and takes a step of one of its optimizers. What it returns is from before the step.
            ///
            /// # Errors
            /// If the step is another model's, an array's shape is not the declared one, or an operation fails.
            pub fn take<'a>(&self, #step: #private::Step, #views) -> #library::Result<#arrays> {
                let mut #values = self.instance.step(::core::option::Option::Some(#step), #given)?.into_iter();
                ::core::result::Result::Ok(#taken)
            }

            /// Runs the model on arrays, and writes what it returns into arrays.
            ///
            /// # Errors
            /// If an array's shape is not the declared one, or if an operation fails.
            pub fn run_into<'a>(
                &self,
                #views
                #(#targets: #target_bounds),*
            ) -> #library::Result<()> {
                let mut #values = self.instance.run_into_arrays(#arrays_given)?;
                #(#values.write_into::<#output_elements, #output_dimensions>(#private::ModelOutput::view_mut(#targets))?;)*
                ::core::result::Result::Ok(())
            }
        }
    }
}
