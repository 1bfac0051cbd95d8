//! The languages, a row each.

/// How strings are written.
#[derive(Debug)]
pub struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    /// Whether `\` takes the next character in.
    pub escapes: bool,
    /// Whether it goes on over the end of a line.
    pub lines: bool,
}

/// What a name before a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A program: a name before `(` is a function.
    Program,
    /// Data: a name or string before `:` or `=` is a key.
    Data,
    /// Tags between `<` and `>`.
    Markup,
    /// A change: a line is told by its first character.
    Change,
    /// Prose: a line is told by its first character.
    Prose,
}

/// What is known of a language.
#[derive(Debug)]
pub struct Grammar {
    /// Its name, and what else files and fences call it.
    pub names: &'static [&'static str],
    pub form: Form,
    /// What begins a comment to the end of the line.
    pub comments: &'static [&'static str],
    /// What a comment over lines stands between.
    pub block: Option<(&'static str, &'static str)>,
    /// Whether such comments stand in each other.
    pub nested: bool,
    pub quotes: &'static [Quote],
    /// Its keywords, with a space between any two.
    pub keywords: &'static str,
    /// Words that are values.
    pub constants: &'static str,
    /// Words that are types; any name with a capital first is one too where this is not empty.
    pub types: &'static str,
    /// Whether keywords are written in any case.
    pub any_case: bool,
    /// What belongs to a name beside letters, digits and `_`.
    pub in_names: &'static str,
}

const DOUBLE: Quote = quote("\"", true, false);
const SINGLE: Quote = quote("'", true, false);
const TEMPLATE: Quote = quote("`", true, true);
const RAW_TICK: Quote = quote("`", false, true);

const fn quote(mark: &'static str, escapes: bool, lines: bool) -> Quote {
    Quote {
        open: mark,
        close: mark,
        escapes,
        lines,
    }
}

const PROGRAM: Grammar = Grammar {
    names: &[],
    form: Form::Program,
    comments: &["//"],
    block: Some(("/*", "*/")),
    nested: false,
    quotes: &[DOUBLE, SINGLE],
    keywords: "",
    constants: "true false null",
    types: "String",
    any_case: false,
    in_names: "",
};

const DATA: Grammar = Grammar {
    form: Form::Data,
    comments: &["#"],
    block: None,
    types: "",
    in_names: "-.",
    ..PROGRAM
};

static LANGUAGES: [Grammar; 24] = [
    Grammar {
        names: &["rust", "rs"],
        nested: true,
        quotes: &[
            Quote {
                open: "r##\"",
                close: "\"##",
                escapes: false,
                lines: true,
            },
            Quote {
                open: "r#\"",
                close: "\"#",
                escapes: false,
                lines: true,
            },
            Quote {
                open: "r\"",
                close: "\"",
                escapes: false,
                lines: true,
            },
            quote("\"", true, true),
        ],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self static struct super trait type unsafe use where while yield",
        constants: "true false None Some Ok Err",
        types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize Self",
        ..PROGRAM
    },
    Grammar {
        names: &["javascript", "js", "jsx", "mjs", "cjs"],
        quotes: &[DOUBLE, SINGLE, TEMPLATE],
        keywords: "async await break case catch class const continue debugger default delete do else export extends finally for from function get if import in instanceof let new of return set static super switch this throw try typeof var void while with yield",
        constants: "true false null undefined NaN Infinity",
        in_names: "$",
        ..PROGRAM
    },
    Grammar {
        names: &["typescript", "ts", "tsx", "mts", "cts"],
        quotes: &[DOUBLE, SINGLE, TEMPLATE],
        keywords: "abstract as async await break case catch class const continue declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace new of private protected public readonly return satisfies set static super switch this throw try type typeof var void while yield",
        constants: "true false null undefined NaN Infinity",
        types: "any bigint boolean never number object string symbol unknown",
        in_names: "$",
        ..PROGRAM
    },
    Grammar {
        names: &["python", "py", "pyi", "starlark", "bzl"],
        comments: &["#"],
        block: None,
        quotes: &[
            quote("\"\"\"", true, true),
            quote("'''", true, true),
            DOUBLE,
            SINGLE,
        ],
        keywords: "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield self",
        constants: "True False None",
        types: "int str float bool list dict set tuple bytes object",
        ..PROGRAM
    },
    Grammar {
        names: &["go"],
        quotes: &[DOUBLE, SINGLE, RAW_TICK],
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
        constants: "true false nil iota",
        types: "any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
        ..PROGRAM
    },
    Grammar {
        names: &[
            "c", "h", "cpp", "cc", "cxx", "hpp", "hh", "c++", "objc", "m",
        ],
        keywords: "#define #elif #else #endif #if #ifdef #ifndef #include #pragma auto break case catch class const constexpr continue default delete do else enum explicit extern for friend goto if inline namespace new noexcept operator override private protected public register return sizeof static struct switch template this throw try typedef typename union using virtual volatile while",
        constants: "true false NULL nullptr",
        types: "bool char double float int int8_t int16_t int32_t int64_t long short signed size_t uint8_t uint16_t uint32_t uint64_t unsigned void",
        in_names: "#",
        ..PROGRAM
    },
    Grammar {
        names: &["java", "kotlin", "kt", "kts", "scala", "groovy", "gradle"],
        quotes: &[quote("\"\"\"", true, true), DOUBLE, SINGLE],
        keywords: "abstract as break case catch class companion continue data def default do else enum extends final finally for fun if implements import in instanceof interface internal is lateinit match new object open override package private protected public record return sealed static super suspend switch this throw throws trait try val var void when while with yield",
        types: "boolean byte char double float int long short",
        ..PROGRAM
    },
    Grammar {
        names: &["csharp", "cs", "c#"],
        keywords: "abstract as async await base break case catch class const continue default delegate do else enum event explicit extern finally for foreach get if implicit in init interface internal is lock namespace new operator out override params private protected public readonly record ref return sealed set sizeof static struct switch this throw try typeof using var virtual void when where while yield",
        types: "bool byte char decimal double dynamic float int long object sbyte short string uint ulong ushort",
        ..PROGRAM
    },
    Grammar {
        names: &["swift", "dart"],
        nested: true,
        quotes: &[quote("\"\"\"", true, true), DOUBLE, SINGLE],
        keywords: "as async await break case catch class const continue default defer do else enum extension final for func guard if implements import in init internal is let mutating new nil override private protocol public required return self static struct super switch throw throws try typealias var void where while with",
        constants: "true false nil null",
        ..PROGRAM
    },
    Grammar {
        names: &[
            "ruby", "rb", "rake", "gemfile", "elixir", "ex", "exs", "crystal",
        ],
        comments: &["#"],
        block: None,
        keywords: "alias and begin break case class def defmodule defp do else elsif end ensure false fn for if import in include module next not or private protected public raise redo require rescue retry return self super then unless until use when while yield",
        constants: "true false nil",
        in_names: "?!@",
        ..PROGRAM
    },
    Grammar {
        names: &["php"],
        comments: &["//", "#"],
        keywords: "abstract and array as break case catch class clone const continue declare default do echo else elseif enum extends final finally fn for foreach function global if implements include instanceof interface isset match namespace new or print private protected public readonly require return static switch this throw trait try unset use var while yield",
        types: "bool float int iterable mixed object string void",
        in_names: "$",
        ..PROGRAM
    },
    Grammar {
        names: &[
            "shell",
            "sh",
            "bash",
            "zsh",
            "fish",
            "console",
            "shellscript",
        ],
        comments: &["#"],
        block: None,
        quotes: &[quote("\"", true, true), quote("'", false, true)],
        keywords: "alias break case continue declare do done echo elif else esac eval exec exit export fi for function if in local read readonly return set shift source then trap unset until while",
        constants: "true false",
        types: "",
        in_names: "-",
        ..PROGRAM
    },
    Grammar {
        names: &["lua"],
        comments: &["--"],
        block: Some(("--[[", "]]")),
        keywords: "and break do else elseif end for function goto if in local not or repeat return then until while",
        constants: "true false nil",
        types: "",
        ..PROGRAM
    },
    Grammar {
        names: &["sql", "psql", "sqlite"],
        comments: &["--"],
        quotes: &[quote("'", false, true), quote("\"", false, false)],
        keywords: "add all alter and as asc begin between by cascade case check column commit constraint create cross default delete desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left like limit not on or order outer primary references returning right rollback select set table then transaction trigger union unique update using values view when where with",
        types: "bigint blob boolean char date decimal int integer json jsonb numeric real serial smallint text time timestamp uuid varchar",
        any_case: true,
        ..PROGRAM
    },
    Grammar {
        names: &[
            "make",
            "makefile",
            "mk",
            "dockerfile",
            "docker",
            "containerfile",
            "justfile",
            "cmake",
        ],
        comments: &["#"],
        block: None,
        keywords: "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL USER VOLUME WORKDIR AS define else endef endif export ifdef ifeq ifndef ifneq include set",
        types: "",
        in_names: "-",
        ..PROGRAM
    },
    Grammar {
        names: &["haskell", "hs", "elm", "ocaml", "ml", "fsharp", "fs"],
        comments: &["--"],
        block: Some(("{-", "-}")),
        nested: true,
        quotes: &[DOUBLE],
        keywords: "as case class data deriving do else exposing fun function if import in infix instance let match module newtype of open rec then type where with",
        constants: "True False true false",
        in_names: "'",
        ..PROGRAM
    },
    Grammar {
        names: &["json", "jsonc", "json5", "jsonl", "webmanifest"],
        comments: &["//"],
        block: Some(("/*", "*/")),
        ..DATA
    },
    Grammar {
        names: &["yaml", "yml"],
        constants: "true false null yes no on off ~",
        quotes: &[quote("\"", true, false), quote("'", false, false)],
        ..DATA
    },
    Grammar {
        names: &[
            "toml",
            "ini",
            "cfg",
            "conf",
            "properties",
            "env",
            "editorconfig",
            "gitconfig",
            "cargo.lock",
            "lock",
        ],
        comments: &["#", ";"],
        quotes: &[
            quote("\"\"\"", true, true),
            quote("'''", false, true),
            DOUBLE,
            SINGLE,
        ],
        ..DATA
    },
    Grammar {
        names: &["css", "scss", "sass", "less"],
        comments: &["//"],
        block: Some(("/*", "*/")),
        keywords: "@apply @container @font-face @import @include @keyframes @layer @media @mixin @supports @use !important",
        constants: "auto inherit initial none unset",
        in_names: "-@!",
        ..DATA
    },
    Grammar {
        names: &[
            "html", "htm", "xml", "svg", "vue", "svelte", "xhtml", "plist", "astro",
        ],
        form: Form::Markup,
        comments: &[],
        block: Some(("<!--", "-->")),
        types: "",
        in_names: "-:",
        ..PROGRAM
    },
    Grammar {
        names: &["diff", "patch"],
        form: Form::Change,
        ..PROGRAM
    },
    Grammar {
        names: &["markdown", "md", "mdx"],
        form: Form::Prose,
        ..PROGRAM
    },
    Grammar {
        names: &[
            "graphql",
            "gql",
            "proto",
            "protobuf",
            "hcl",
            "tf",
            "terraform",
            "nix",
        ],
        comments: &["#", "//"],
        quotes: &[quote("\"\"\"", true, true), DOUBLE],
        keywords: "data enum extend fragment import in inherit input interface let locals message module mutation on oneof output package provider query repeated reserved resource returns rpc scalar schema service subscription syntax then type union variable with",
        types: "bool bytes double fixed32 fixed64 float int32 int64 string uint32 uint64",
        in_names: "-",
        ..PROGRAM
    },
];

/// The language that is called so, in small letters.
pub fn find(name: &str) -> Option<&'static Grammar> {
    LANGUAGES.iter().find(|g| g.names.contains(&name))
}
