"""The site as people meet it: in a real Chromium, in Chinese, on a phone and at a desk."""
