from portal.files.errors import UnusableFile

SAVE_AGAIN = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传。"


class UnusableSheet(UnusableFile):
    """An uploaded sheet that cannot be taken. `sentence` is Chinese: what is wrong and what to do."""
