"""What a phone says of where it is, with its owner's consent."""

from django import forms


class PlaceForm(forms.Form):
    """A position in degrees and how exact it is in metres; anything else is no position."""

    latitude = forms.FloatField(min_value=-90, max_value=90)
    longitude = forms.FloatField(min_value=-180, max_value=180)
    accuracy = forms.FloatField(min_value=0, max_value=100_000)

    def place(self) -> dict[str, float] | None:
        """The position, to a metre or so; None where there is none, or one that can't be."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        return {
            "latitude": round(values["latitude"], 5),
            "longitude": round(values["longitude"], 5),
            "accuracy": round(values["accuracy"]),
        }
