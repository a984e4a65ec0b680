"""Asks the `tokenizers` library how it splits, composes, encodes and decodes, and checks the files
that our own tokenizers wrote.

The strings are not stored: both sides make them from `fragments` and one 32-bit hash. Neither are
the answers, of which there are some hundred thousand: for each string we keep 16 bits of a hash of
its tokens. (A few strings are stored with all their tokens, for people to read.)
"""

import json
import pathlib
import re

import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
import tokenizers as library
from transformers.convert_slow_tokenizer import bytes_to_unicode

FOLDER = pathlib.Path(__file__).parent / "Fixtures" / "tokenizers"
STRINGS, DECODINGS, COMPOSITIONS, MASK = 4000, 2000, 4000, 0xFFFFFFFF

FRAGMENTS = """
a b e i n s t the The THE tin tins tinned can low hello World 's 'S 'ſ 't 'T 're 'RE 'rE 've 'VE 'll
'Ll 'LL 'm 'M 'd 'D 'x ' '' s' ſ ſſ K İ ı ß ẞ ﬁ ﬆ 'ﬆ 0 1 7 12 123 1234 12345 ½ Ⅻ ² ٣ ๗ 𝟘 〇 一 . , ! ? !! ...
- + × ÷ = ( ) [ ] { } # @ ^ ~ ` $ £ € \\ / " <think> </think> <answer> </answer> <|im_start|> <|im_end|>
<|endoftext|> <|begin_of_text|> <| |> <think <|im_ endoftext 🙂 👨‍👩‍👧 👩🏽‍🚀 🇩🇪 ❤️ é é ñ ñ Å Å Å ậ ậ
ồ q̣̇ q̣̇ ́ ̣ ֱ ֹ ǰ 日本語 中文 漢字 豈 か゚ が が 한국어 ᄒ ᅡ ᆫ 각 각 Việt Nam Straße Ελληνικά ΐ ᾂ русский й العربية ש שׁ
हिन्दी क़ ไทย தமிழ் ழ 𐐷 𝒳 𑄮 𑂚 𐁁́ 𝅗𝅥 ﷺ ﷽ � 😀😁 ａ Ａ １ 
""".split() + (
    " |  |   |    |\t|\t\t|\n|\n\n|\n\n\n|\r\n|\r\n\r\n|\r|\n |  \n| \n|\n  | \t|\x00|\x01|\x1b|\x1c|\x1f|\x7f|\x85|\xa0"
    "|\u1680|\u2003|\u2028|\u2029|\u202f|\u3000|\u200b|\ufeff|\xad|\u0301|\u0308\u0301|\u0323\u0302| \u0301|\u20dd|\ufe0f"
    "|\u200d|\U000e0001|s\u0323\u0307|s\u0307\u0323|\u0041\u030a|\u1100\u1161\u11a8|\uac00\u11a8|U\u0308n"
).split("|")

EXAMPLES = ["It's 42!", "  two  spaces ", "line\r\nline\n\n  end", "'ſ 'S 'LL", "<think>3 + 4 = 7</think>",
            "Café Cafe\u0301", "日本語テキスト", "👩🏽‍🚀 to 🌙", "Việt Nam", "a\u0000b\u0085c", "12345678", ""]


def scrambled(number, i):
    h = (i * 0x9E3779B1 + number * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & MASK
    h = ((h ^ (h >> 12)) * 0x297A2D39) & MASK
    return (h ^ (h >> 15)) >> 8


def string(number):
    """One to sixteen fragments, one in eight of which is any scalar whatever."""
    text = ""
    for i in range(1, 2 + scrambled(number, 0) % 16):
        draw = scrambled(number, 2 * i)
        if scrambled(number, 2 * i + 1) % 8:
            text += FRAGMENTS[draw % len(FRAGMENTS)]
        else:
            scalar = draw % (0x30000 - 0x800)
            text += chr(scalar if scalar < 0xD800 else scalar + 0x800)
    return text


def tokens(number, count):
    """One to twelve ids, some of which no token has."""
    return [scrambled(number, i) % (count + 3) for i in range(1, 2 + scrambled(number, 0) % 12)]


def digest(integers):
    h = 0x811C9DC5
    for integer in integers:
        h = ((h ^ integer) * 0x01000193) & MASK
    return f"{(h ^ h >> 16) & 0xFFFF:04x}"


def ranges(scalars):
    """Sorted numbers as gap, length, gap, length …"""
    result, end = [], 0
    for scalar in sorted(scalars):
        if result and scalar == end:
            result[-1] += 1
        else:
            result += [scalar - end, 1]
        end = scalar + 1
    return result


EVERY_SCALAR = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def members(pattern):
    """The scalars that a regular expression of the library matches."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    found = []
    for start in range(0, len(EVERY_SCALAR), 20000):
        block = EVERY_SCALAR[start : start + 20000]
        rest = set("".join(piece for piece, _ in split.pre_tokenize_str("".join(map(chr, block)))))
        found += [c for c in block if chr(c) not in rest]
    return found


# Published layouts, in the forms in which they were published.

CORPUS = (pathlib.Path(__file__).parents[2] / "LICENSE").read_text()[:8000] + "".join(
    f"{a} + {b} = {a + b}\nIt's {a}, they'll say; <think>{a} * {b}</think>\r\n" for a in range(40) for b in range(7)
) + "Việt Nam, Grüße aus Köln; русский язык, 日本語, 한국어, Ελληνικά, العربية. 🙂🙂 " * 20

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {"qwen2": CONTRACTIONS + r"|\p{N}" + REST, "llama3": CONTRACTIONS + r"|\p{N}{1,3}" + REST}


def splitter(layout):
    if layout == "gpt2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERNS[layout]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def published(layout):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = splitter(layout)
    tokenizer.decoder = decoders.ByteLevel()
    if layout == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.train_from_iterator(
        [CORPUS],
        trainers.BpeTrainer(
            vocab_size=700,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=["<|endoftext|>"] if layout == "gpt2" else [],
            show_progress=False,
        ),
    )
    if layout == "qwen2":
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
        tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
        tokenizer.add_tokens(["Ünïcode", "Å"])  # matched after normalization
    if layout == "llama3":
        tokenizer.add_special_tokens(["<|begin_of_text|>", "<|endoftext|>", "<|im_", "<|im_start|>", "'s 't"])
        first = tokenizer.token_to_id("<|begin_of_text|>")
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A",
                pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
                special_tokens=[("<|begin_of_text|>", first)],
            ),
        ])
    file = json.loads(tokenizer.to_str())
    merges = file["model"]["merges"]
    if layout == "llama3":  # tokens that merges do not lead to, as 101798 " Việt" in the original
        file["model"]["ignore_merges"] = True
        file["model"]["merges"] = [pair for i, pair in enumerate(merges) if i % 7 != 3]
    else:  # the older way to write merges
        file["model"]["merges"] = [" ".join(pair) for pair in merges]
    if layout == "gpt2":
        file["added_tokens"][0]["normalized"] = True
        file["model"].update(continuing_subword_prefix="", end_of_word_suffix="")
        del file["model"]["byte_fallback"], file["model"]["ignore_merges"], file["model"]["type"]
        del file["pre_tokenizer"]["use_regex"]
    folder = FOLDER / layout
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=layout == "qwen2"))


# Our own files.

def learned(pieces, count):
    """Byte pair training by its definition, recounting everything at every step."""
    words = {}
    for piece in pieces:
        words[piece] = words.get(piece, 0) + 1
    words = [(list(piece), count) for piece, count in words.items()]
    vocabulary, merges = [bytes([b]) for b in range(256)], []
    while len(vocabulary) < count:
        counts = {}
        for word, times in words:
            for pair in zip(word, word[1:]):
                counts[pair] = counts.get(pair, 0) + times
        pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if pair is None or counts[pair] < 2:
            break
        merged = vocabulary[pair[0]] + vocabulary[pair[1]]
        if merged not in vocabulary:
            vocabulary.append(merged)
        token = vocabulary.index(merged)
        merges.append([vocabulary[pair[0]], vocabulary[pair[1]]])
        for word, _ in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == pair:
                    word[i : i + 2] = [token]
                i += 1
    return merges


def check_own_file(name):
    """The library reads and saves our file unchanged, and `transformers` loads its folder."""
    text = (FOLDER / name / "tokenizer.json").read_text()
    assert Tokenizer.from_str(text).to_str(pretty=True) == text, name
    loaded = transformers.AutoTokenizer.from_pretrained(FOLDER / name)
    for example in EXAMPLES:
        ids = Tokenizer.from_str(text).encode(example, add_special_tokens=False).ids
        assert loaded(example, add_special_tokens=False)["input_ids"] == ids, (name, example)
        assert loaded.decode(ids) == example, (name, example)
    assert loaded.eos_token == "<|endoftext|>" and loaded.eos_token_id == len(loaded) - 1, name


def check_training():
    """The merges of our file are those that the definition yields for its corpus."""
    file = json.loads((FOLDER / "bytepairs" / "tokenizer.json").read_text())
    added = "|".join(re.escape(token["content"]) for token in file["added_tokens"])
    split = pre_tokenizers.Split(Regex(PATTERNS["qwen2"]), "isolated")
    pieces = [
        piece.encode() for part in re.split(added, CORPUS) for piece, _ in split.pre_tokenize_str(part)]
    letters = bytes_to_unicode()
    expected = [
        ["".join(letters[b] for b in part) for part in pair]
        for pair in learned(pieces, len(file["model"]["vocab"]))]
    assert expected == file["model"]["merges"]


FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "corpus.txt").write_bytes(CORPUS.encode())
for layout in ["gpt2", "qwen2", "llama3"]:
    published(layout)
if not (FOLDER / "bytepairs").exists():
    raise SystemExit("Now RECORD_TOKENIZERS=1 swift test --filter TokenizerFileTests, then this again.")
for name in ["bytepairs", "characters"]:
    check_own_file(name)
check_training()

strings = [string(number) for number in range(STRINGS)]
answers = {
    "tokenizers": library.__version__,
    "fragments": FRAGMENTS,
    "strings": STRINGS,
    "decodings": DECODINGS,
    "letters": ranges(members(r"\p{L}")),
    "numbers": ranges(members(r"\p{N}")),
    "spaces": ranges(members(r"\s")),
    "splittings": {
        layout: "".join(
            digest(len(piece) for piece, _ in splitter(layout).pre_tokenize_str(text)) for text in strings
        )
        for layout in ["gpt2", "qwen2", "llama3"]
    },
    "files": {},
}

compose, decompose = normalizers.NFC().normalize_str, normalizers.NFD().normalize_str
parts = {c for c in EVERY_SCALAR if 0xAC00 <= c < 0xAC20 or not 0xAC00 <= c < 0xD7A4 and (
    decompose(chr(c)) != chr(c) or compose("a\u0345" + chr(c)) != "a\u0345" + compose(chr(c)))}
parts |= {ord(p) for c in parts for p in decompose(chr(c))}
pool = sorted(parts)
answers["composition"] = {
    "pool": ranges(parts),
    "strings": COMPOSITIONS,
    # every scalar alone and before and after marks, one answer for 4352 of them
    "scalars": "".join(
        digest(
            ord(x)
            for c in EVERY_SCALAR[start : start + 4352]
            for x in compose(f"{chr(c)}\u0316\u0345{chr(c)}a\u0345{chr(c)}\u0327\u0301")
        )
        for start in range(0, len(EVERY_SCALAR), 4352)
    ),
    "mixed": "".join(
        digest(
            ord(x)
            for x in compose("".join(chr(pool[scrambled(number, i) % len(pool)]) for i in range(6)))
        )
        for number in range(COMPOSITIONS)
    ),
}

for name in ["bytepairs", "characters", "gpt2", "qwen2", "llama3"]:
    tokenizer = Tokenizer.from_file(str(FOLDER / name / "tokenizer.json"))
    sequences = [tokens(number, tokenizer.get_vocab_size()) for number in range(DECODINGS)]
    answers["files"][name] = {
        "count": tokenizer.get_vocab_size(),
        "examples": [[e, tokenizer.encode(e).ids] for e in EXAMPLES],
        "encoded": "".join(digest(tokenizer.encode(s, add_special_tokens=False).ids) for s in strings),
        "decoded": "".join(
            digest(tokenizer.decode(s, skip_special_tokens=False).encode()) for s in sequences),
        "text": "".join(digest(tokenizer.decode(s).encode()) for s in sequences),
    }

path = FOLDER / "answers.json"
path.write_text(json.dumps(answers, separators=(",", ":")) + "\n")
print(path.name, path.stat().st_size, "bytes")
