"""The distribution function of the normal distribution with as many digits as `decimal` is told to have."""

from decimal import Decimal

TWO_PI = 2 * Decimal("3.141592653589793238462643383279502884197169399375105820974944592307816406286208998628")


def phi_of(z):
    """Phi(z), with the precision of the context, of 60 digits at the most."""
    if abs(z) > 60:
        return Decimal(int(z > 0))  # e^-1800: no float64 is so small
    return beyond(-z) if z < 0 else 1 - beyond(z)


def beyond(y):
    """1 - Phi(y) for y >= 0: by the series of Phi - 1/2 near zero, by the continued fraction beyond."""
    density = density_of(y)
    if y < 3:
        term = total = y
        k = 1
        while abs(term) > Decimal("1e-65") * abs(total):
            k += 2
            term *= y * y / k
            total += term
        return Decimal("0.5") - density * total
    fraction = y
    for k in range(400, 0, -1):
        fraction = y + k / fraction
    return density / fraction


def density_of(y):
    """phi(y)."""
    return (-y * y / 2).exp() / TWO_PI.sqrt()
