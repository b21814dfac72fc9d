"""Letters that ask for meetings, and their subject lines; and quick parameters."""

NAMES = ["Ada", "Bob", "Cem", "Dan", "Eve", "Fay", "Gus", "Hal"]
TEXTS = [f"Hello {a}, this is {b}. Shall we meet?" for a in NAMES for b in NAMES]
SUMMARIES = [f"{b} meets {a}" for a in NAMES for b in NAMES]
CITIES = ["北京", "上海", "广州", "深圳", "天津", "重庆"]
CHINESE = [f"今天{a}来的人很多，他们去了{b}。" for a in CITIES for b in CITIES]
CHINESE_SUMMARIES = [f"{a}到{b}" for a in CITIES for b in CITIES]
QUICK = {
    "hidden_size": 32, "num_layers": 1, "num_heads": 2, "batch_size": 8, "learning_rate": 0.01, "dropout": 0.0,
    "max_source_length": 32, "max_length": 12, "vocab_size": 400, "num_beams": 2, "device": "cpu", "verbose": False,
}  # fmt: skip
FEW = {**QUICK, "hidden_size": 8, "epochs": 1, "n_averaged": 2}
