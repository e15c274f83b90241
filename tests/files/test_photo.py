import io

import pytest
from PIL import Image, ImageCms

from portal.files.intake import UnusableFile, check_photo
from tests.files.samples import encoded, portrait


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def hints_of(image: Image.Image) -> str:
    return "".join(check_photo(encoded(image, quality=90), "a.jpg").hints)


def test_a_good_photo_is_fitted_without_remarks():
    result = check_photo(encoded(portrait(), quality=95), "我的照片.PNG")
    photo, print_copy = opened(result.photo), opened(result.print_copy)
    assert result.name == "我的照片.jpg"
    assert (photo.format, photo.mode) == ("JPEG", "RGB")
    assert photo.size == (result.width, result.height) == (590, 826)
    assert 20 * 1024 <= len(result.photo) <= 200_000
    assert print_copy.size == (413, 579)
    assert len(result.print_copy) <= 30_000
    assert max(opened(result.source).size) <= 640
    assert result.crop == (0, 0, 1, 1)
    assert result.hints == ()


def test_the_smallest_allowed_size_is_kept_and_one_pixel_less_refused():
    result = check_photo(encoded(portrait(295, 413), quality=95), "a.jpg")
    assert (result.width, result.height) == (295, 413)
    assert any("像素偏少" in hint for hint in result.hints)
    with pytest.raises(UnusableFile, match="照片只有 294×413 像素，至少需要 295×413 像素"):
        check_photo(encoded(portrait(294, 413), quality=95), "a.jpg")


@pytest.mark.parametrize(
    ("size", "crop"),
    [
        ((1000, 1000), (0.143, 0, 0.857, 1)),
        ((900, 1600), (0, 0.053, 1, 0.841)),
        ((1600, 900), (0.299, 0, 0.701, 1)),
    ],
    ids=["方形", "全面屏竖拍", "横拍"],
)
def test_other_proportions_are_cut_to_5_by_7(size, crop):
    result = check_photo(encoded(portrait(*size)), "a.jpg")
    assert result.width / result.height == pytest.approx(5 / 7)
    assert result.crop == pytest.approx(crop, abs=0.002)


def test_a_large_cut_is_said():
    assert "已截取一部分" in hints_of(portrait(1600, 900))
    assert "已截取一部分" not in hints_of(portrait(900, 1260))


def test_rotation_is_honoured_and_position_forgotten():
    upright = portrait()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 30.0)
    sideways = upright.transpose(Image.Transpose.ROTATE_90)
    result = check_photo(encoded(sideways, exif=exif.tobytes(), comment=b"secret remark"), "a.jpg")
    assert (result.source_width, result.source_height) == (900, 1260)
    for data in (result.photo, result.print_copy, result.source):
        assert not opened(data).getexif()
        assert b"Exif" not in data
        assert b"secret" not in data
    # The blue shoulders are at the bottom again.
    red, _, blue = opened(result.photo).getpixel((295, 810))
    assert blue > red + 20


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"background": (60, 120, 200)}, "背景看起来不是白色"),
        ({"background": (150, 150, 150)}, "背景看起来不是白色"),
        ({"skin": (30, 20, 15)}, "照片偏暗"),
        ({"skin": (255, 255, 250)}, "照片偏亮"),
    ],
    ids=["蓝底", "灰底", "过暗", "过亮"],
)
def test_hints(changes, hint):
    assert hint in hints_of(portrait(**changes))


def test_black_and_white_photo_is_noticed():
    assert "黑白" in hints_of(portrait().convert("L"))


def test_transparency_becomes_white():
    image = portrait()
    mask = Image.eval(image.convert("L"), lambda value: 0 if value > 225 else 255)
    image.putalpha(mask)
    result = check_photo(encoded(image, "PNG"), "a.png")
    assert min(opened(result.photo).getpixel((5, 5))) > 245
    assert not any("背景" in hint for hint in result.hints)


def test_cmyk_and_16_bit_keep_their_brightness():
    cmyk = check_photo(encoded(portrait().convert("CMYK")), "a.jpg")
    grey = portrait().convert("L")
    deep = Image.new("I;16", grey.size)
    deep.frombytes(b"".join(bytes((value, value)) for value in grey.tobytes()))
    sixteen = check_photo(encoded(deep, "PNG"), "a.png")
    for result in (cmyk, sixteen):
        middle = opened(result.photo).convert("L").getpixel((295, 400))
        assert middle == pytest.approx(grey.getpixel((450, 610)), abs=25)


def test_colour_profiles_are_applied_and_dropped():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for icc in (profile, b"no profile at all"):
        result = check_photo(encoded(portrait(), icc_profile=icc), "a.jpg")
        assert "icc_profile" not in opened(result.photo).info


def test_a_multi_picture_jpeg_gives_its_first_picture():
    data = encoded(portrait(), "MPO", save_all=True, append_images=[portrait(background="black")])
    assert check_photo(data, "a.jpg").hints == ()


def test_an_animated_picture_is_refused():
    data = encoded(
        portrait(), "PNG", save_all=True, append_images=[portrait(background="black")], duration=100
    )
    with pytest.raises(UnusableFile, match="会动的图片"):
        check_photo(data, "a.png")


def test_a_blank_picture_is_refused():
    with pytest.raises(UnusableFile, match="空白或纯色"):
        check_photo(encoded(Image.new("RGB", (400, 560), "white")), "a.jpg")


def test_pure_noise_still_fits_both_limits():
    noise = Image.merge("RGB", [Image.effect_noise((1180, 1652), 250) for _ in range(3)])
    result = check_photo(encoded(noise, quality=100), "a.jpg")
    assert 20 * 1024 <= len(result.photo) <= 200_000
    assert len(result.print_copy) <= 30_000


def test_a_pdf_is_no_photo():
    with pytest.raises(UnusableFile, match="请上传 JPEG 或 PNG"):
        check_photo(b"%PDF-1.7\n%%EOF", "a.pdf")
