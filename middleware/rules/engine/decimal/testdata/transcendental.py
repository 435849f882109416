# Writes transcendental.txt: operation, operands and the result of Python's
# decimal module at 34 digits, half even. Python's exp and ln are correctly
# rounded; its power is computed here at 100 digits and rounded once.
import random
from decimal import Context, Decimal, ROUND_HALF_EVEN

random.seed(7)
c = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[])
wide = Context(prec=100, rounding=ROUND_HALF_EVEN, Emax=99999, Emin=-99999, traps=[])


def draw(low, high, signed):
    n = random.randint(1, 34)
    d = Decimal(random.randint(1, 10**n)).scaleb(random.randint(low, high) - n)
    return -d if signed and random.random() < 0.5 else d


with open("transcendental.txt", "w") as out:
    for _ in range(300):
        x = draw(-8, 4, True)
        print("exp", x, c.exp(x), file=out)
    for _ in range(300):
        x = draw(-40, 40, False)
        print("ln", x, c.ln(x), file=out)
    for k in range(1, 34, 3):
        x = c.add(Decimal(1), Decimal(10) ** -k)
        print("ln", x, c.ln(x), file=out)
    for _ in range(300):
        x = draw(-40, 40, False)
        print("sqrt", x, c.sqrt(x), file=out)
    for _ in range(400):
        x, y = draw(-6, 8, False), draw(-6, 3, True)
        r = c.plus(wide.power(x, y))
        if r.is_finite() and abs(r.adjusted()) < 6100:
            print("pow", x, y, r, file=out)
