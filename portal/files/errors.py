class UnusableFile(ValueError):
    """An uploaded file that cannot be taken. `sentence` is Chinese: what is wrong and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
