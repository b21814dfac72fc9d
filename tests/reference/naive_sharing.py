"""Columns that come together and the split of rows into bundles, with Python's lists and sets."""


def close_columns(rows, is_numeric, n_compared):
    """What comes with each column in a sample of its rows, in the order of the first of them; [] if nothing does."""
    result = []
    for column in range(len(is_numeric)):
        own = [row for row in rows if column in row]
        n_looked = min(len(own), n_compared)
        together = []
        if n_looked > 1 and not is_numeric[column]:
            sample = [own[k * (len(own) - 1) // (n_looked - 1)] for k in range(n_looked)]
            together = [c for c in sample[0] if not is_numeric[c] and all(c in row for row in sample)]
        result.append(together if len(together) > 1 else [])
    return result


def split_rows(rows, values, closures, counts, is_numeric):
    """The numbers of the bundles of each row, their values, and the columns of each bundle.

    The cheapest closures go first, by 1 / columns + 1 / rows, each without the columns that are taken; then what
    is left, column by column.
    """
    numbers, bundles, found, found_values = {}, [], [], []
    for row, row_values in zip(rows, values):
        left, parts = set(row), []
        heads = [c for c in row if len(closures[c]) > 1]
        for head in sorted(heads, key=lambda c: 1 / len(closures[c]) + 1 / counts[c]):
            part = [c for c in closures[head] if c in left]
            if len(part) > 1:
                parts.append((part, 1.0))
                left -= set(part)
        parts += [([c], value if is_numeric[c] else 1.0) for c, value in zip(row, row_values) if c in left]
        for part, _ in parts:
            if frozenset(part) not in numbers:
                numbers[frozenset(part)] = len(bundles)
                bundles.append(part)
        found.append([numbers[frozenset(part)] for part, _ in parts])
        found_values.append([value for _, value in parts])
    return found, found_values, bundles
