"""Models with random weights, made here: nothing is fetched, and what they say is noise.

A token is a byte or a character, so that prompts have lengths that a test can foresee.
"""
import array
import json
import os
import random
import struct

EMBEDDING, HEADS, KV_HEADS, LAYERS, FEED_FORWARD, CONTEXT = 256, 8, 4, 4, 704, 8192
HEAD = EMBEDDING // HEADS
UINT32, FLOAT32, BOOL, TEXT, ARRAY, INT32 = 4, 6, 7, 8, 9, 5  # GGUF's value types.
ALIGNMENT = 32


def vocabulary():
    """(token, type) pairs: three of control, all bytes, printable characters."""
    control = [("<unk>", 2), ("<s>", 3), ("</s>", 3)]
    in_bytes = [(f"<0x{byte:02X}>", 6) for byte in range(256)]
    return control + in_bytes + [(chr(c), 1) for c in (*range(33, 127), 10, 0x2581)]


# Tokens that make no text: control, and bytes that no UTF-8 character is.
UNPRINTABLE = [0, 1, 2, *range(3 + 128, 3 + 256)]


def text(value):
    raw = value.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


class Gguf:
    """A file in the making: keys, then tensors."""

    def __init__(self):
        self.keys, self.tensors = [], []
        self.random = random.Random(7)

    def key(self, name, kind, raw):
        self.keys.append(text(name) + struct.pack("<I", kind) + raw)

    def number(self, name, value):
        self.key(name, UINT32, struct.pack("<I", value))

    def list_of(self, name, kind, items):
        self.key(name, ARRAY, struct.pack("<IQ", kind, len(items)) + b"".join(items))

    def tensor(self, name, *sizes, ones=False):
        count = 1
        for size in sizes:
            count *= size
        tape = [1.0] if ones else [self.random.gauss(0, 0.2) for _ in range(4099)]
        values = (tape * (count // len(tape) + 1))[:count]
        self.tensors.append((name + ".weight", sizes, array.array("f", values).tobytes()))

    def write(self, path):
        index, offset = b"", 0
        for name, sizes, raw in self.tensors:
            index += text(name) + struct.pack("<I", len(sizes))
            index += b"".join(struct.pack("<Q", size) for size in sizes)
            index += struct.pack("<IQ", 0, offset)
            offset += -(-len(raw) // ALIGNMENT) * ALIGNMENT
        with open(path, "wb") as file:
            file.write(b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.keys)))
            file.write(b"".join(self.keys) + index)
            file.write(b"\0" * (-file.tell() % ALIGNMENT))
            for _, _, raw in self.tensors:
                file.write(raw + b"\0" * (-len(raw) % ALIGNMENT))


def write_gguf(path):
    """A Llama of four layers, 12 MB."""
    model, tokens = Gguf(), vocabulary()
    for name, value in (("general.architecture", "llama"), ("general.name", "random"),
                        ("tokenizer.ggml.model", "llama")):
        model.key(name, TEXT, text(value))
    model.number("general.file_type", 0)
    for name, value in (("context_length", CONTEXT), ("embedding_length", EMBEDDING),
                        ("block_count", LAYERS), ("feed_forward_length", FEED_FORWARD),
                        ("attention.head_count", HEADS), ("attention.head_count_kv", KV_HEADS),
                        ("rope.dimension_count", HEAD), ("vocab_size", len(tokens))):
        model.number("llama." + name, value)
    model.key("llama.attention.layer_norm_rms_epsilon", FLOAT32, struct.pack("<f", 1e-5))
    model.list_of("tokenizer.ggml.tokens", TEXT, [text(token) for token, _ in tokens])
    scores = [0.0 if kind in (2, 3) else -1000.0 if kind == 6 else -float(i)
              for i, (_, kind) in enumerate(tokens)]
    model.list_of("tokenizer.ggml.scores", FLOAT32, [struct.pack("<f", x) for x in scores])
    model.list_of("tokenizer.ggml.token_type", INT32,
                  [struct.pack("<i", kind) for _, kind in tokens])
    for name, value in (("bos", 1), ("eos", 2), ("unknown", 0)):
        model.number(f"tokenizer.ggml.{name}_token_id", value)
    model.key("tokenizer.ggml.add_bos_token", BOOL, b"\1")
    add_tensors(model, len(tokens))
    model.write(path)


def add_tensors(model, tokens):
    model.tensor("token_embd", EMBEDDING, tokens)
    model.tensor("output_norm", EMBEDDING, ones=True)
    model.tensor("output", EMBEDDING, tokens)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            model.tensor(block + norm, EMBEDDING, ones=True)
        model.tensor(block + "attn_q", EMBEDDING, EMBEDDING)
        model.tensor(block + "attn_k", EMBEDDING, HEAD * KV_HEADS)
        model.tensor(block + "attn_v", EMBEDDING, HEAD * KV_HEADS)
        model.tensor(block + "attn_output", EMBEDDING, EMBEDDING)
        model.tensor(block + "ffn_gate", EMBEDDING, FEED_FORWARD)
        model.tensor(block + "ffn_up", EMBEDDING, FEED_FORWARD)
        model.tensor(block + "ffn_down", FEED_FORWARD, EMBEDDING)


def byte_alphabet():
    """One printable character for each byte, as byte-level tokenizers write them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return ({byte: chr(byte) for byte in printable}
            | {byte: chr(256 + i) for i, byte in enumerate(others)})


def write_transformers(path):
    """Configuration and tokenizer of a Llama of two layers, without weights."""
    os.makedirs(path, exist_ok=True)
    letters = byte_alphabet()
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2} | {letters[b]: 3 + b for b in range(256)}
    special = [{"id": i, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True}
               for i, name in enumerate(("<unk>", "<s>", "</s>"))]
    bytes_alone = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                   "use_regex": False}
    files = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 256,
            "intermediate_size": 704, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 64, "vocab_size": 320,
            "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
            "hidden_act": "silu", "tie_word_embeddings": False, "torch_dtype": "bfloat16",
            "bos_token_id": 1, "eos_token_id": 2},
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>",
            "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 2048,
            "chat_template": "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"},
        "tokenizer.json": {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
            "normalizer": None, "pre_tokenizer": bytes_alone, "post_processor": None,
            "decoder": bytes_alone,
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>",
                      "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "vocab": vocab, "merges": []}},
    }
    for name, content in files.items():
        with open(os.path.join(path, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
