"""What llama.cpp makes of a GGUF file: its tokens, its logits, and its greedy text.

With a file and a number of tokens reads prompts as a JSON array of texts from standard input, and prints a
JSON array of their tokens, the logits after the last of these, and the tokens that it writes greedily.
Needs the package llama-cpp-python, which is compiled when it is installed and takes long.
"""

import json
import sys

from llama_cpp import Llama

FLOAT32 = 0

model = Llama(
    model_path=sys.argv[1], n_ctx=384, n_threads=1, type_k=FLOAT32, type_v=FLOAT32, verbose=False,
    logits_all=True,
)
answers = []
for prompt in json.load(sys.stdin):
    tokens = model.tokenize(prompt.encode(), add_bos=False, special=True)
    model.reset()
    model.eval(tokens)
    logits = model.scores[model.n_tokens - 1].tolist()
    written = []
    for _ in range(int(sys.argv[2])):
        written.append(int(model.scores[model.n_tokens - 1].argmax()))
        if written[-1] == model.token_eos():
            break
        model.eval(written[-1:])
    answers.append({"tokens": tokens, "logits": logits, "written": written})
print(json.dumps(answers))
