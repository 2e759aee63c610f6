"""Package metadata: everything comes from settings.ini, so that it is written down once."""
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=["="], interpolation=None)
parser.read(here / "settings.ini", encoding="utf-8")
cfg, end, readme = parser["DEFAULT"], "_requirements", here / "README.md"
text = readme.read_text(encoding="utf-8") if readme.exists() else cfg["description"]
text = re.sub(r"!\[[^]]*\]\((?!https://)[^)]*\)\n*", "", text)  # pictures beside the file, which a package index cannot show
extras = {key.removesuffix(end): cfg[key].split() for key in cfg if key.endswith(end)}

setup(
    name=cfg["lib_name"], version=cfg["version"], description=cfg["description"], keywords=cfg["keywords"].split(),
    classifiers=[line.strip() for line in cfg["classifiers"].splitlines() if line.strip()],
    author=cfg["author"], license=cfg["license"], license_files=["LICENSE"], python_requires=f">={cfg['min_python']}",
    long_description=text,
    long_description_content_type="text/markdown", install_requires=cfg["requirements"].split(), extras_require=extras,
    packages=find_packages(include=["sep_toolkit", "sep_toolkit.*"]), zip_safe=False,
    entry_points={"console_scripts": cfg["console_scripts"].split()},
    package_data={"sep_toolkit": ["py.typed", "**/*.pyi", "static/*", "examples/**/*", "model_cards/*", "weights/*", "registry.json",
                                  "bench.csv"]},
)
