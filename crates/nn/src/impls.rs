//! The modules that Rust's own types are: plain values have no parts, and collections have their elements.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use deltarule_tensor::{Element, TensorOf};

use crate::repr::Shown;
use crate::{Module, Visitor};

/// Values that a layer is configured with.
macro_rules! without_parts {
    ($($plain:ty)*) => {$(
        impl Module for $plain {
            fn visit(&self, _: &mut Visitor<'_>) {}

            fn shown(&self) -> Shown {
                Shown::Nothing
            }
        }
    )*};
}

without_parts!(() bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize str String);

/// A tensor that is no parameter is a constant, as in PyTorch. Keep what is to be saved in a [`Buffer`](crate::Buffer).
impl<E: Element> Module for TensorOf<E> {
    fn visit(&self, _: &mut Visitor<'_>) {}

    fn shown(&self) -> Shown {
        Shown::Nothing
    }
}

impl<T: ?Sized> Module for PhantomData<T> {
    fn visit(&self, _: &mut Visitor<'_>) {}

    fn shown(&self) -> Shown {
        Shown::Nothing
    }
}

/// The module, if there is one, under the option's own name.
impl<M: Module> Module for Option<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        if let Some(module) = self {
            module.visit(visitor);
        }
    }

    fn extra_repr(&self) -> String {
        self.as_ref().map(Module::extra_repr).unwrap_or_default()
    }

    fn shown(&self) -> Shown {
        self.as_ref().map_or(Shown::Nothing, Module::shown)
    }
}

/// The methods of a module that is another one's owner or reference: those of the other.
macro_rules! as_inner {
    ($this:ident => $inner:expr) => {
        #[track_caller]
        fn visit(&self, visitor: &mut Visitor<'_>) {
            let $this = self;
            $inner.visit(visitor);
        }

        #[track_caller]
        fn name(&self) -> &'static str {
            let $this = self;
            $inner.name()
        }

        #[track_caller]
        fn full_name(&self) -> &'static str {
            let $this = self;
            $inner.full_name()
        }

        #[track_caller]
        fn extra_repr(&self) -> String {
            let $this = self;
            $inner.extra_repr()
        }

        #[track_caller]
        fn shown(&self) -> Shown {
            let $this = self;
            $inner.shown()
        }
    };
}

impl<M: Module + ?Sized> Module for Box<M> {
    as_inner!(this => (**this));
}

impl<M: Module + ?Sized> Module for Arc<M> {
    as_inner!(this => (**this));
}

impl<M: Module + ?Sized> Module for Rc<M> {
    as_inner!(this => (**this));
}

impl<M: Module + ?Sized> Module for &M {
    as_inner!(this => (**this));
}

/// The module inside, which must not be borrowed mutably.
impl<M: Module + ?Sized> Module for RefCell<M> {
    as_inner!(this => this.borrow());
}

/// The module inside. Whoever holds the lock waits.
impl<M: Module + ?Sized> Module for Mutex<M> {
    as_inner!(this => this.lock().unwrap_or_else(PoisonError::into_inner));
}

/// The module inside. Whoever writes to it waits.
impl<M: Module + ?Sized> Module for RwLock<M> {
    as_inner!(this => this.read().unwrap_or_else(PoisonError::into_inner));
}

/// The elements, named by their index. PyTorch: `ModuleList`.
impl<M: Module> Module for [M] {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for (index, module) in self.iter().enumerate() {
            visitor.child(index, module);
        }
    }

    fn shown(&self) -> Shown {
        Shown::List
    }
}

/// As a slice of modules.
impl<M: Module> Module for Vec<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.as_slice().visit(visitor);
    }

    fn shown(&self) -> Shown {
        Shown::List
    }
}

/// As a slice of modules.
impl<M: Module, const N: usize> Module for [M; N] {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.as_slice().visit(visitor);
    }

    fn shown(&self) -> Shown {
        Shown::List
    }
}

/// The values, named by their keys. PyTorch: `ModuleDict`.
impl<K: Display, M: Module> Module for BTreeMap<K, M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        for (name, module) in self {
            visitor.child(name, module);
        }
    }

    fn shown(&self) -> Shown {
        Shown::Dict
    }
}

/// The values, named by their keys, in the order of the names: that of the map changes from run to run.
impl<K: Display, M: Module, S> Module for HashMap<K, M, S> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        let mut named: Vec<_> = self.iter().map(|(name, module)| (name.to_string(), module)).collect();
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, module) in named {
            visitor.child(name, module);
        }
    }

    fn shown(&self) -> Shown {
        Shown::Dict
    }
}

/// The elements of a tuple, named by their index.
macro_rules! tuples {
    ($(($($module:ident . $index:tt),+))*) => {$(
        impl<$($module: Module),+> Module for ($($module,)+) {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                $(visitor.child($index, &self.$index);)+
            }

            fn shown(&self) -> Shown {
                Shown::List
            }
        }
    )*};
}

tuples! {
    (A.0)
    (A.0, B.1)
    (A.0, B.1, C.2)
    (A.0, B.1, C.2, D.3)
    (A.0, B.1, C.2, D.3, E.4)
    (A.0, B.1, C.2, D.3, E.4, F.5)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
}
