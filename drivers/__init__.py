"""Where frames come from: converters on a mat, a simulated person, a recording."""
